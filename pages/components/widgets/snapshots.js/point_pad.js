// A plane to press a point in, coloured by what a network would call each place.

import { themeOf } from "./look.js";
import { made, STYLE } from "./style.js";
import { drawPoints, paint, REACH, squareIn, toPlane, toScreen } from "./surface.js";

const STEP = 0.05; // of an arrow key
const SEND_MS = 60; // at most so often while a finger moves
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const clamped = (value) => Math.max(-REACH, Math.min(REACH, Math.round(value * 1000) / 1000));

export class PointPad {
  constructor(parent) {
    this.canvas = made("canvas", { tabindex: 0, role: "application", class: "pressable" });
    this.box = made("div", { class: "classroom-snapshots point-pad" }, made("style", {}, STYLE), this.canvas);
    parent.append(this.box);
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.press(event);
    });
    canvas.addEventListener("pointermove", (event) => event.buttons && this.press(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.box);
  }

  receive(data) {
    this.data = data;
    this.at ??= data.at;
    this.draw();
  }

  press(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const [x, y] = toPlane(this.square, event.clientX - left, event.clientY - top);
    this.choose([clamped(x), clamped(y)]);
  }

  key(event) {
    const direction = KEYS[event.key];
    if (!direction) return;
    event.preventDefault();
    const from = this.at ?? [0, 0];
    this.choose(from.map((value, axis) => clamped(value + STEP * direction[axis])));
  }

  choose(at) {
    this.at = at;
    this.draw();
    this.sending ??= setTimeout(() => {
      this.sending = null;
      this.tell(this.at);
    }, SEND_MS);
  }

  get square() {
    return squareIn(this.canvas.clientWidth, this.canvas.clientHeight);
  }

  draw() {
    const { canvas, data } = this;
    const dpr = window.devicePixelRatio || 1;
    const size = Math.round(canvas.clientWidth * dpr);
    if (!data || !size) return;
    if (canvas.width !== size) canvas.width = canvas.height = size;
    const context = canvas.getContext("2d");
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    const theme = themeOf(canvas);
    const { shape, surface, places, labels, words } = data;
    paint(context, this.square, { shape, data: surface }, theme);
    drawPoints(context, this.square, places, labels);
    canvas.setAttribute("aria-label", words.pad);
    if (!this.at) return;
    this.box.dataset.at = this.at; // for tests
    const [x, y] = toScreen(this.square, ...this.at);
    for (const [colour, width] of [
      [theme.background, 6],
      [theme.text, 2.5],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - 11, y);
      context.lineTo(x + 11, y);
      context.moveTo(x, y - 11);
      context.lineTo(x, y + 11);
      context.stroke();
    }
  }

  remove() {
    clearTimeout(this.sending);
    this.resizing.disconnect();
    this.box.remove();
  }
}
