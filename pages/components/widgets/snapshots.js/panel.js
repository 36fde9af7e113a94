// What networks think while they learn: a row of views, one moment for all runs, and a board for each.

import { Board, VIEWS, viewsOf } from "./board.js";
import { Film } from "./film.js";
import { unpack } from "./format.js";
import { link, linked, tell } from "./moment.js";
import { icon, made, STYLE } from "./style.js";

const AGAIN = 1000; // ms until missing snapshots are reported again
const PLAY_MS = 6000; // a whole film
const [FASTEST, SLOWEST] = [40, 150]; // ms for a snapshot that comes while one watches
const CATCH_UP_MS = 700;
const USUAL = ["answers", "weights", "features", "network"]; // before anything is known

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const stillness = window.matchMedia?.("(prefers-reduced-motion: reduce)");

export class Panel {
  constructor(parent) {
    this.parent = parent;
    this.films = new Map(); // key → Film
    this.boards = [];
    this.view = "answers";
    this.wanted = null; // the view that somebody opened
    this.steps = []; // of all films
    this.step = null; // the moment shown
    this.follows = true; // shows the newest moment
    this.reported = -Infinity;
    this.build();
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.box);
  }

  build() {
    this.tabs = made("div", { class: "views", role: "tablist" });
    this.play = this.button(() => (this.playing ? this.pause() : this.start()));
    this.back = this.button(() => this.go(-1));
    this.forward = this.button(() => this.go(1));
    this.slider = made("input", { type: "range", min: 0, step: 1 });
    this.slider.addEventListener("input", () => this.choose(this.steps[Number(this.slider.value)]));
    const time = made("div", { class: "time" }, this.play, this.back, this.slider, this.forward);
    this.readout = made("p", { class: "readout" });
    this.row = made("div", { class: "boards" });
    this.note = made("p", { class: "note" });
    this.box = made("div", { class: "classroom-snapshots" });
    this.box.append(made("style", {}, STYLE), this.tabs, time, this.readout, this.row, this.note);
    this.parent.append(this.box);
  }

  button(pressed) {
    const button = made("button", { type: "button" });
    button.addEventListener("click", pressed);
    return button;
  }

  receive(bytes) {
    const { films, words } = unpack(bytes);
    const first = this.step === null;
    this.words = words;
    const whole = films.map((film) => this.filmOf(film).receive(film));
    for (const key of this.films.keys()) if (!films.some((film) => film.key === key)) this.films.delete(key);
    if (whole.includes(false)) this.report();
    this.arrange();
    this.steps = [...new Set([...this.films.values()].flatMap((film) => film.steps))].sort((a, b) => a - b);
    if (this.steps.length) first ? this.begin(films) : this.goOn();
    this.label();
    this.draw();
  }

  filmOf({ key, stream }) {
    if (this.films.get(key)?.stream !== stream) this.films.set(key, new Film(stream));
    return this.films.get(key);
  }

  report() {
    if (performance.now() - this.reported < AGAIN) return;
    this.reported = performance.now();
    this.tellMissing();
  }

  // A board for each film.
  arrange() {
    const films = [...this.films.values()];
    if (this.boards.length === films.length && this.boards.every(({ film }, place) => film === films[place])) return;
    this.boards = films.map((film) => new Board(film, this));
    this.row.replaceChildren(...this.boards.map(({ box }) => box));
    this.box.films = films; // for tests
  }

  // The first snapshots are there: the moment of the link, the end of what has ended, or all that happened so far.
  begin(films) {
    const wanted = linked();
    if (wanted !== null) return this.show(this.steps.findLast((step) => step <= wanted) ?? this.steps[0], false);
    if (films.every((film) => film.ended)) return this.show(this.steps.at(-1));
    this.show(this.steps[0]);
    this.goOn();
  }

  // On to what is new, one after the other, where somebody follows.
  goOn() {
    if (!this.steps.includes(this.step)) this.step = this.steps.findLast((step) => step <= this.step) ?? this.steps[0];
    const left = this.steps.length - 1 - this.place;
    if (!this.follows || this.playing || this.timer || !left) return;
    if (stillness?.matches) return this.show(this.steps.at(-1));
    const next = () => {
      this.timer = null;
      if (!this.follows || this.playing || this.removed) return;
      this.show(this.steps[Math.min(this.place + 1, this.steps.length - 1)]);
      this.goOn();
    };
    this.timer = setTimeout(next, Math.max(FASTEST, Math.min(SLOWEST, CATCH_UP_MS / left)));
  }

  get place() {
    return Math.max(0, this.steps.indexOf(this.step));
  }

  show(step, follows = this.follows) {
    this.follows = follows;
    this.step = step;
    const calm = performance.now() - (this.shown ?? 0) > 2 * SLOWEST; // else it moves by itself
    this.shown = performance.now();
    this.told();
    for (const board of this.boards) board.show(step, calm && !stillness?.matches);
  }

  told() {
    const [film] = this.films.values();
    const { stepsPerEpoch, stream } = film;
    const run = this.films.size === 1 ? stream : "";
    tell({ step: this.step, epoch: this.step / stepsPerEpoch, run, stepsPerEpoch });
    Object.assign(this.slider, { max: this.steps.length - 1, value: this.place });
    const lines = this.boards.map(({ film }) => this.line(film)).filter(Boolean);
    this.readout.textContent = lines.join(" · ");
    this.slider.setAttribute("aria-valuetext", this.readout.textContent);
    this.back.disabled = this.place === 0;
    this.forward.disabled = this.place === this.steps.length - 1;
    Object.assign(this.box.dataset, { step: this.step, moments: this.steps.length, view: this.view }); // for tests
  }

  line(film) {
    if (!film.scene || !film.steps.length) return "";
    const right = film.rightOnes(film.at(this.step));
    const epoch = (this.step / film.stepsPerEpoch).toFixed(1);
    const values = {
      step: this.step.toLocaleString("en"),
      epoch,
      right,
      all: film.scene.labels.data.length,
      name: film.name,
    };
    return fill(this.films.size > 1 ? this.words.line_of : this.words.line, values);
  }

  // Somebody wants to see this moment. The last one of a run that goes on stays the last.
  choose(step) {
    this.pause();
    this.show(step, step === this.steps.at(-1));
    clearTimeout(this.linking);
    this.linking = setTimeout(() => link(this.follows ? null : this.step), 250); // browsers limit how often
  }

  go(places) {
    const to = this.place + places;
    if (to >= 0 && to < this.steps.length) this.choose(this.steps[to]);
  }

  start() {
    if (!this.steps.length) return;
    if (this.place === this.steps.length - 1) this.show(this.steps[0]);
    this.playing = setInterval(
      () => {
        this.show(this.steps[this.place + 1] ?? this.step, false);
        if (this.place === this.steps.length - 1) this.choose(this.step);
      },
      Math.max(60, PLAY_MS / this.steps.length),
    );
    this.label();
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.playing);
    this.playing = null;
    this.label();
  }

  // Texts, in the reader's language.
  label() {
    const { words } = this;
    const named = (button, name) => {
      if (button.dataset.icon === name && button.title === words[name]) return;
      button.dataset.icon = name;
      button.title = words[name];
      button.setAttribute("aria-label", words[name]);
      button.replaceChildren(icon(name));
    };
    named(this.play, this.playing ? "pause" : "play");
    named(this.back, "back");
    named(this.forward, "forward");
    this.slider.setAttribute("aria-label", words.slider);
    this.play.disabled = this.slider.disabled = this.steps.length < 2;
    if (!this.steps.length) {
      this.readout.textContent = words.waiting;
      this.back.disabled = this.forward.disabled = true;
    }
    this.labelViews();
  }

  labelViews() {
    const possible = new Set(this.steps.length ? [...this.films.values()].flatMap(viewsOf) : USUAL);
    const views = Object.keys(VIEWS).filter((view) => possible.has(view));
    this.view = this.box.dataset.view = views.includes(this.wanted) ? this.wanted : views[0];
    const opened = this.boards.some((board) => board.opened !== null);
    this.note.textContent = opened ? this.words.opened_note : this.noteOf(this.view);
    const state = JSON.stringify([views, this.view, this.words.answers]);
    if (state === this.labelled) return;
    this.labelled = state;
    const focused = this.tabs.contains(document.activeElement);
    this.tabs.setAttribute("aria-label", this.words.views);
    this.tabs.replaceChildren(
      ...views.map((view) => {
        const chosen = view === this.view;
        const attributes = { type: "button", role: "tab", "aria-selected": chosen, tabindex: chosen ? 0 : -1 };
        const tab = made("button", attributes, this.words[view]);
        tab.addEventListener("click", () => this.open(view));
        tab.addEventListener("keydown", ({ key }) => {
          const to = views[views.indexOf(view) + ({ ArrowLeft: -1, ArrowRight: 1 }[key] ?? NaN)];
          if (to) this.open(to);
        });
        return tab;
      }),
    );
    if (focused) this.tabs.querySelector('[aria-selected="true"]').focus();
  }

  // What a view shows, in words. Kernels on colour images have the colours that they look for.
  noteOf(view) {
    const [film] = this.films.values();
    const inColour = view === "weights" && film?.steps.length && film.at(0).weights.shape[1] === 3;
    return this.words[inColour ? "colours_note" : `${view}_note`];
  }

  open(view) {
    this.wanted = view;
    for (const board of this.boards) Object.assign(board, { opened: null, pointed: null });
    this.labelViews();
    this.draw();
  }

  draw() {
    for (const board of this.boards) board.draw();
  }

  remove() {
    this.removed = true;
    clearTimeout(this.timer);
    this.pause();
    this.resizing.disconnect();
    this.box.remove();
    if (window.classroomMoment) tell({ step: null, epoch: null, run: "" });
  }
}
