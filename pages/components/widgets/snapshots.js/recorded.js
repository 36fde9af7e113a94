// A film that was recorded as one file and plays by itself: its curve, its answers, its features.

import * as answers from "./answers.js";
import * as features from "./features.js";
import { Film } from "./film.js";
import { themeOf } from "./look.js";
import { icon, made, STYLE } from "./style.js";

const [MOMENT_MS, LAST_MS] = [170, 3000];
const CURVE = "#2f6fde"; // of training, as on the charts
const PAD = 3;

// The same as a film of single files, of which there is only one.
export class Recorded extends Film {
  constructor(bytes) {
    super("recorded");
    this.readScene(bytes);
    const { steps, answers: all, places, losses, steps_per_epoch: stepsPerEpoch } = this.scene;
    Object.assign(this, { stepsPerEpoch, losses: losses.data, reach: 127 });
    const [, images, classes] = all.shape;
    const points = 2 * places.shape[1];
    this.steps = [...steps.data];
    this.steps.forEach((step, place) => {
      const data = all.data.subarray(place * images * classes, (place + 1) * images * classes);
      this.snapshots.set(step, { answers: { data } });
      this.places.set(step, Float32Array.from(places.data.subarray(place * points, (place + 1) * points)));
    });
  }
}

export class Player {
  constructor(parent) {
    this.parent = parent;
    this.canvases = ["curve", "answers", "features"].map((name) => made("canvas", { class: name, role: "img" }));
    this.button = made("button", { type: "button", class: "pause" });
    this.button.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.readout = made("p", { class: "readout" });
    this.box = made("div", { class: "classroom-snapshots recorded" });
    const foot = made("div", { class: "time" }, this.button, this.readout);
    this.box.append(made("style", {}, STYLE), made("div", { class: "strip" }, ...this.canvases), foot);
    parent.append(this.box);
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.box);
  }

  async receive({ film, words }) {
    this.words = words;
    if (this.url === film) return this.draw();
    this.url = film;
    const answer = await fetch(new URL(film, document.baseURI));
    if (!answer.ok || this.removed) return;
    this.film = new Recorded(new Uint8Array(await answer.arrayBuffer()));
    this.place = this.film.steps.length - 1;
    this.canvases.forEach((canvas, place) => {
      canvas.setAttribute("aria-label", [words.curve, words.answers, words.features][place]);
    });
    // Still, at its end, where people want less motion.
    window.matchMedia("(prefers-reduced-motion: reduce)").matches ? this.pause() : this.play(0);
  }

  play(place = this.place) {
    this.show(place);
    const last = place === this.film.steps.length - 1;
    this.timer = setTimeout(() => this.play(last ? 0 : place + 1), last ? LAST_MS : MOMENT_MS);
    this.label("pause");
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.show(this.place);
    this.label("play");
  }

  label(name) {
    if (this.button.dataset.icon === name) return;
    this.button.dataset.icon = name;
    this.button.title = this.words[name];
    this.button.setAttribute("aria-label", this.words[name]);
    this.button.replaceChildren(icon(name));
  }

  show(place) {
    this.place = place;
    this.box.dataset.step = this.film.steps[place]; // for tests
    this.draw();
  }

  draw() {
    if (!this.film || !this.box.clientWidth || document.hidden) return;
    const { film } = this;
    const snapshot = film.at(film.steps[this.place]);
    const theme = themeOf(this.box);
    const look = { theme, words: this.words, pointed: null, opened: null, between: null };
    const values = {
      step: snapshot.step.toLocaleString("en"),
      right: film.rightOnes(snapshot),
      all: film.scene.labels.data.length,
    };
    this.readout.textContent = this.words.recorded.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const [curve, grid, dots] = this.canvases;
    onCanvas(curve, (context, area) => drawCurve(context, area, film, snapshot.step, theme, this.words));
    onCanvas(grid, (context, area) => answers.draw(context, area, film, snapshot, look));
    onCanvas(dots, (context, area) => features.draw(context, area, film, snapshot, look));
  }

  remove() {
    this.removed = true;
    clearTimeout(this.timer);
    this.resizing.disconnect();
    this.box.remove();
  }
}

function onCanvas(canvas, draw) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const dpr = window.devicePixelRatio || 1;
  if (!width) return;
  if (canvas.width !== Math.round(width * dpr) || canvas.height !== Math.round(height * dpr)) {
    canvas.width = Math.round(width * dpr);
    canvas.height = Math.round(height * dpr);
  }
  const context = canvas.getContext("2d");
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(dpr, 0, 0, dpr, PAD * dpr, PAD * dpr);
  draw(context, { width: width - 2 * PAD, height: height - 2 * PAD });
}

// The loss up to this step.
function drawCurve(context, area, film, step, theme, words) {
  const { losses } = film;
  const [left, bottom] = [16, area.height - 18];
  const top = losses.reduce((most, loss) => Math.max(most, loss), 0);
  const x = (at) => left + (at / (losses.length - 1)) * (area.width - left - 6);
  const y = (loss) => bottom - (loss / top) * (bottom - 8);
  context.font = `12px ${theme.font}`;
  context.fillStyle = theme.text;
  context.textBaseline = "alphabetic";
  context.textAlign = "right";
  context.fillText(words.step, area.width - 4, area.height - 3);
  context.textAlign = "left";
  context.save();
  context.translate(11, 8);
  context.rotate(-Math.PI / 2);
  context.textAlign = "right";
  context.fillText(words.loss, 0, 0);
  context.restore();
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, 8);
  context.lineTo(left, bottom);
  context.lineTo(area.width - 4, bottom);
  context.stroke();
  const last = Math.min(losses.length - 1, step);
  context.strokeStyle = CURVE;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  for (let at = 0; at <= last; at += 1) context.lineTo(x(at), y(losses[at]));
  context.stroke();
  context.fillStyle = CURVE;
  context.beginPath();
  context.arc(x(last), y(losses[last]), 4.5, 0, 2 * Math.PI);
  context.fill();
}
