// One run's canvas: draws a snapshot in the chosen view, and tells in words what it shows.

import * as answers from "./answers.js";
import * as features from "./features.js";
import { percent, themeOf } from "./look.js";
import * as network from "./network.js";
import { made } from "./style.js";
import * as surface from "./surface.js";
import * as weights from "./weights.js";

export const VIEWS = { surface, answers, weights, features, network };
const PAD = 3; // pixels around what is drawn, for frames and shadows
const MOTION_MS = 180;

// What a run can show.
export function viewsOf(film) {
  const snapshot = film.steps.length ? film.at(0) : {};
  const there = {
    surface: Boolean(snapshot.surface),
    answers: true,
    weights: Boolean(snapshot.weights),
    features: Boolean(snapshot.features),
    network: Boolean(film.scene?.columns.length),
  };
  return Object.keys(VIEWS).filter((view) => there[view]);
}

export class Board {
  constructor(film, panel) {
    this.film = film;
    this.panel = panel;
    this.opened = null; // the image whose answers are shown over time
    this.pointed = null;
    this.title = made("p");
    this.canvas = made("canvas", { tabindex: 0, role: "img" });
    this.box = made("div", { class: "board" }, this.title, this.canvas);
    this.listen();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("click", (event) => this.press(this.hit(event)));
    canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.point(this.hit(event)));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("blur", () => this.point(null));
    canvas.addEventListener("keydown", (event) => {
      if (this.key(event.key)) event.preventDefault();
    });
  }

  get area() {
    return { width: this.canvas.clientWidth - 2 * PAD, height: this.height - 2 * PAD };
  }

  hit(event) {
    if (this.panel.view !== "answers" || !this.film.scene) return null;
    if (this.opened !== null) return this.opened;
    const { left, top } = this.canvas.getBoundingClientRect();
    return answers.hit(event.clientX - left - PAD, event.clientY - top - PAD, this.area, this.film);
  }

  point(image) {
    if (image === this.pointed) return;
    this.pointed = image;
    this.draw();
  }

  press(image) {
    if (this.panel.view !== "answers") return;
    this.opened = this.opened === null ? image : null;
    this.panel.labelViews();
    this.draw();
  }

  // Whether the key means something here. In the answers the arrows go from image to image, elsewhere through time.
  key(key) {
    const arrow = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" }[key];
    const inGrid = this.panel.view === "answers" && this.opened === null && this.film.scene;
    if (key === "Escape" && this.opened !== null) this.press(null);
    else if ((key === "Enter" || key === " ") && this.panel.view === "answers") this.press(this.pointed ?? 0);
    else if (inGrid && arrow) {
      const columns = answers.columnsIn(this.area, this.film);
      const to = (this.pointed ?? -1) + ({ up: -columns, down: columns }[arrow] ?? arrow);
      if (to >= 0 && to < this.film.scene.labels.data.length) this.point(to);
    } else if (typeof arrow === "number") this.panel.go(arrow);
    else return false;
    return true;
  }

  // Draw what the run was like at a step; dots move there from where they were, unless motion isn't wanted.
  show(step, moving) {
    const from = this.step;
    this.step = step;
    cancelAnimationFrame(this.frame);
    const to = this.film.steps.length && this.film.at(step).step;
    if (!moving || this.panel.view !== "features" || !this.film.snapshots.has(from) || from === to) return this.draw();
    const began = performance.now();
    const move = () => {
      const share = Math.min(1, (performance.now() - began) / MOTION_MS);
      this.draw(share < 1 ? { from, to, share } : null);
      if (share < 1) this.frame = requestAnimationFrame(move);
    };
    move();
  }

  draw(between = null) {
    const { canvas, film } = this;
    const width = canvas.clientWidth;
    if (!width) return;
    const dpr = window.devicePixelRatio || 1;
    const height = Math.round(Math.max(280, Math.min(430, 0.95 * width)));
    this.height = height;
    if (canvas.width !== Math.round(width * dpr) || canvas.height !== Math.round(height * dpr)) {
      canvas.width = Math.round(width * dpr);
      canvas.height = Math.round(height * dpr);
      canvas.style.height = `${height}px`;
    }
    this.title.textContent = this.panel.films.size > 1 ? film.name : "";
    this.title.hidden = this.panel.films.size < 2;
    const context = canvas.getContext("2d");
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.clearRect(0, 0, width, height);
    const { view } = this.panel;
    canvas.classList.toggle("pressable", view === "answers" && Boolean(film.scene));
    if (!film.steps.length || !film.scene || !viewsOf(film).includes(view)) return;
    const snapshot = film.at(this.step);
    this.step = snapshot.step;
    context.setTransform(dpr, 0, 0, dpr, PAD * dpr, PAD * dpr);
    const { pointed, opened } = this;
    VIEWS[view].draw(context, this.area, film, snapshot, {
      theme: themeOf(canvas),
      words: this.panel.words,
      pointed,
      opened,
      between,
    });
    if (!between) canvas.setAttribute("aria-label", this.inWords(snapshot));
  }

  inWords(snapshot) {
    const { words, view } = this.panel;
    const { classes, columns, labels } = this.film.scene;
    if (view === "network") return `${words.network}: ${columns.map(({ title }) => title).join(" → ")}`;
    if (view !== "answers") return `${words[view]}. ${this.panel.noteOf(view)}`;
    if (this.opened !== null) return this.oneInWords(snapshot);
    const told = Array.from({ length: labels.data.length }, (_, image) => {
      const { label, best, share, right } = this.film.answer(snapshot, image);
      return `${classes[label]} → ${classes[best]} ${percent(share)} ${right ? "✓" : "✗"}`;
    });
    return `${words.answers}: ${told.join(", ")}`;
  }

  oneInWords(snapshot) {
    const { label, shares } = this.film.answer(snapshot, this.opened);
    const { classes } = this.film.scene;
    const told = classes.map((name, one) => `${name} ${percent(shares[one])}`);
    return `${this.panel.words.it_is.replace("{label}", () => classes[label])} ${told.join(", ")}`;
  }
}
