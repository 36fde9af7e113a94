// The browser's half of boundaries.py: the same small network with each function, trained here, side by side.
//
// data = { places: [x, y, …], labels, functions: [{ kind, name }], widths, seed, words }

import { Perceptron } from "./perceptron.js";

const STEPS = 800; // after which no surface changes so that one could see it
const WORK_MS = 14; // of a frame
const GRID = 44; // places across a surface
const REACH = 1.25; // the plane is drawn from -REACH to REACH
const DRAW_EVERY = 3; // frames
const CLASSES = [
  [47, 111, 222],
  [224, 118, 26],
];

const STYLE = `
.classroom-boundaries { color: var(--st-text-color); font-family: var(--st-font); font-size: 0.875rem; }
.classroom-boundaries .controls { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 12px; }
.classroom-boundaries button { font: inherit; min-height: 2.5rem; min-width: 5rem; padding: 0 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--st-border-color); background: transparent; color: inherit; }
.classroom-boundaries .play { background: var(--st-primary-color); border-color: var(--st-primary-color);
  color: var(--st-background-color); font-weight: 600; }
.classroom-boundaries button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.classroom-boundaries .told { font-variant-numeric: tabular-nums; }
.classroom-boundaries .tiles { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(46%, 140px), 1fr)); }
.classroom-boundaries figure { margin: 0; min-width: 0; }
.classroom-boundaries figcaption { display: flex; justify-content: space-between; gap: 8px; margin-bottom: 4px;
  font-variant-numeric: tabular-nums; }
.classroom-boundaries b { font-weight: 600; }
.classroom-boundaries canvas { display: block; width: 100%; aspect-ratio: 1; border-radius: 8px; }
`;

const stages = new WeakMap(); // the element Streamlit gives us -> Stage

export default function ({ data, parentElement }) {
  const stage = stages.get(parentElement) ?? new Stage(parentElement);
  stages.set(parentElement, stage);
  stage.receive(data);
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      stages.delete(parentElement);
      stage.remove();
    });
}

function made(name, className = "", ...children) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
}

class Stage {
  constructor(parent) {
    this.play = made("button", "play");
    this.again = made("button");
    this.told = made("span", "told");
    this.tiles = made("div", "tiles");
    const style = made("style", "", STYLE);
    this.box = made(
      "div",
      "classroom-boundaries",
      style,
      made("div", "controls", this.play, this.again, this.told),
      this.tiles,
    );
    for (const button of [this.play, this.again]) button.type = "button";
    this.play.addEventListener("click", () => (this.running ? this.pause() : this.start()));
    this.again.addEventListener("click", () => {
      this.seed += 1;
      this.begin();
    });
    parent.append(this.box);
  }

  receive(data) {
    const text = JSON.stringify(data);
    if (text === this.text) return; // another theme: the next frame has it
    [this.text, this.data, this.seed] = [text, data, data.seed];
    this.begin();
  }

  begin() {
    const { functions, widths } = this.data;
    this.rivals = functions.map(({ kind, name }) => new Rival(name, new Perceptron(kind, widths, this.seed)));
    this.tiles.replaceChildren(...this.rivals.map(({ figure }) => figure));
    this.step = 0;
    this.box.dataset.done = "";
    this.began = performance.now();
    this.draw();
    this.start();
  }

  start() {
    if (this.step >= STEPS) return this.begin();
    this.running = true;
    this.label();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.work());
  }

  pause() {
    this.running = false;
    cancelAnimationFrame(this.frame);
    this.label();
    this.draw();
  }

  // As many steps as fit into a frame, the same number for all.
  work() {
    if (!this.box.isConnected) return;
    const { places, labels } = this.data;
    const until = performance.now() + WORK_MS;
    do {
      for (const rival of this.rivals) rival.learn(places, labels);
      this.step += 1;
    } while (this.step < STEPS && performance.now() < until);
    if (this.step >= STEPS) {
      this.box.dataset.done = Math.round(performance.now() - this.began); // for tests
      return this.pause();
    }
    this.frames = (this.frames ?? 0) + 1;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still && this.frames % DRAW_EVERY === 0) this.draw();
    this.frame = requestAnimationFrame(() => this.work());
  }

  label() {
    const { words } = this.data;
    this.play.textContent = this.running ? words.pause : words.play;
    this.again.textContent = words.again;
  }

  draw() {
    this.told.textContent = this.data.words.told.replace("{step}", this.step).replace("{all}", STEPS);
    for (const rival of this.rivals) rival.draw(this.data);
  }

  remove() {
    this.running = false;
    cancelAnimationFrame(this.frame);
    this.box.remove();
  }
}

// One function's network, and the picture of what it learned.
class Rival {
  constructor(name, network) {
    this.name = name;
    this.network = network;
    this.right = 0.5;
    this.share = made("span");
    this.canvas = made("canvas");
    this.canvas.setAttribute("role", "img");
    const title = made("b");
    title.textContent = name;
    this.figure = made("figure", "", made("figcaption", "", title, this.share), this.canvas);
    this.surface = document.createElement("canvas");
    this.surface.width = this.surface.height = GRID;
  }

  learn(places, labels) {
    this.right = this.network.learn(places, labels).right;
  }

  draw({ places, labels, words }) {
    const { canvas } = this;
    const size = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (!size) return;
    if (canvas.width !== size) canvas.width = canvas.height = size;
    this.drawSurface(backgroundOf(canvas));
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = true;
    context.drawImage(this.surface, 0, 0, size, size);
    const at = (value) => ((value + REACH) / (2 * REACH)) * size;
    const radius = Math.max(1.7, size / 110); // small enough to leave the surface to be seen
    context.lineWidth = Math.max(0.6, size / 400);
    context.strokeStyle = "#ffffff";
    for (let point = 0; point < labels.length; point += 1) {
      const [x, y] = [at(places[2 * point]), size - at(places[2 * point + 1])];
      context.fillStyle = `rgb(${CLASSES[labels[point]]})`;
      context.beginPath();
      if (labels[point]) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      else context.arc(x, y, radius * 1.1, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
    const percent = `${Math.round(100 * this.right)} %`;
    this.share.textContent = percent;
    canvas.setAttribute("aria-label", words.tile.replace("{name}", () => this.name).replace("{share}", percent));
  }

  // How sure the network is everywhere: the paper where it isn't, a class's colour where it is.
  drawSurface(paper) {
    const context = this.surface.getContext("2d");
    const image = context.createImageData(GRID, GRID);
    for (let row = 0, to = 0; row < GRID; row += 1) {
      const y = REACH * (1 - (2 * row + 1) / GRID);
      for (let column = 0; column < GRID; column += 1, to += 4) {
        const logit = this.network.forward(REACH * ((2 * column + 1) / GRID - 1), y);
        const sure = 2 / (1 + Math.exp(-Math.abs(logit))) - 1;
        const colour = CLASSES[logit > 0 ? 1 : 0];
        for (let part = 0; part < 3; part += 1)
          image.data[to + part] = paper[part] + (0.2 + 0.45 * sure) * (colour[part] - paper[part]);
        image.data[to + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
  }
}

function backgroundOf(element) {
  const colour = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const hex = /^#(..)(..)(..)/.exec(colour);
  return hex
    ? hex.slice(1).map((part) => Number.parseInt(part, 16))
    : (colour.match(/\d+/g) ?? [255, 255, 255]).map(Number);
}
