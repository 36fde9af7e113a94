// One chart: holds its points and draws them, whatever comes meanwhile waits for its next turn.

import { Beginning } from "./beginning.js";
import {
  CONFIG,
  colours,
  curve,
  last,
  layoutOf,
  nest,
  scaled,
  starPoints,
  starTrace,
  themeOf,
  tracesOf,
  wholeStep,
} from "./look.js";
import { Moment } from "./moment.js";
import { loadPlotly } from "./plotly.js";
import { RunningAverage } from "./smooth.js";

const AGAIN = 1000; // ms until a report that changed nothing is repeated
const RETRY = 2000; // ms until Plotly.js is fetched again

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Of [start, xs, ys] for each trace, the points that come after the `held` first ones; null where some are missing between.
export function newPoints(held, points) {
  if (points.some(([start], trace) => start > held[trace])) return null;
  return points.map(([start, xs, ys], trace) => [xs.slice(held[trace] - start), ys.slice(held[trace] - start)]);
}

export class Chart {
  constructor(parent) {
    this.parent = parent;
    this.box = document.createElement("div");
    this.box.className = "classroom-live-chart";
    this.box.setAttribute("role", "figure");
    parent.append(this.box);
    this.name = null; // which chart we hold, as the server names it
    this.drawn = null; // which chart Plotly shows
    this.held = []; // points of each trace, drawn or waiting
    this.waiting = []; // [xs, ys] of each trace, still to be drawn
    this.look = ""; // marks and theme as drawn
    this.reported = -Infinity; // when
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(this.box);
    this.moment = new Moment(this);
    this.beginning = new Beginning(this);
  }

  receive({ chart, points, marks, spec, confirm }) {
    if (chart !== this.name) {
      if (!spec) return this.report(true);
      this.start(chart, spec);
    }
    const fresh = newPoints(this.held, points);
    if (!fresh) return this.report(true);
    fresh.forEach(([xs, ys], trace) => {
      this.end = Math.max(this.end, xs.at(-1) ?? 0);
      this.waiting[trace][0].push(...xs);
      this.waiting[trace][1].push(...ys);
      this.held[trace] += xs.length;
    });
    this.marks = marks;
    this.draw();
    // A chart that stands still is sent once: to confirm that would only make the page run again.
    if (confirm && this.repeated) this.report(false);
    if (!confirm) this.reported = -Infinity;
    this.repeated = confirm;
  }

  start(name, spec) {
    this.name = name;
    this.spec = spec;
    this.held = spec.traces.map(() => 0);
    this.end = 0; // the largest x
    this.waiting = spec.traces.map(() => [[], []]);
    this.average = spec.smoothing && new RunningAverage(spec.smoothing.share);
    this.box.style.height = `${spec.height}px`;
    this.box.setAttribute("aria-label", spec.description);
  }

  report(missing) {
    if (performance.now() - this.reported < AGAIN) return;
    this.reported = performance.now();
    this.tell({ chart: this.name, held: [...this.held], missing });
  }

  // Plotly's calls are asynchronous and must not overlap: one loop draws, whatever comes meanwhile waits for its next turn.
  async draw() {
    if (this.busy) return;
    this.busy = true;
    try {
      const Plotly = await this.plotly();
      while (!this.removed && this.outdated()) {
        if (this.box._dragging)
          await pause(50); // a redraw would end the zoom that is being drawn
        else await this.step(Plotly);
      }
    } finally {
      this.busy = false;
    }
  }

  outdated() {
    const look = JSON.stringify(this.wanted());
    return this.drawn !== this.name || this.look !== look || this.waiting.some(([xs]) => xs.length);
  }

  // What may change beside the points. A chart without points has no numbers on its axes: they would be made up.
  wanted() {
    return {
      marks: this.marks,
      theme: themeOf(this.parent),
      empty: this.held.every((number) => number === 0),
      step: this.spec.x_whole ? wholeStep(this.end) : null,
    };
  }

  async step(Plotly) {
    const points = [...this.waiting];
    this.waiting = points.map(() => [[], []]);
    // The first curve once more, smoothed; as it is it stays, but faint.
    if (this.average) points.push([points[0][0], this.average.add(points[0][1])]);
    const wanted = this.wanted();
    const stale = this.look !== JSON.stringify(wanted);
    this.look = JSON.stringify(wanted);
    if (this.drawn !== this.name) {
      this.drawn = this.name;
      this.box.dataset.plots = Number(this.box.dataset.plots ?? 0) + 1; // for tests: a chart is plotted once
      const traces = tracesOf(this.spec).map((trace, index) => curve(this.spec, trace, points[index]));
      const stars = nest(starTrace(), starPoints(wanted, last(points), this.spec));
      await Plotly.newPlot(this.box, [...traces, stars], nest(layoutOf(this.spec), colours(wanted)), CONFIG);
      this.moment.plotted();
      this.beginning.plotted();
    } else {
      const grown = points.flatMap(([xs], index) => (xs.length ? [index] : []));
      const added = {
        x: grown.map((index) => points[index][0]),
        y: grown.map((index) => scaled(this.spec, points[index][1])),
      };
      if (grown.length) await Plotly.extendTraces(this.box, added, grown);
      if (stale) {
        const end = last(this.box.data.map((trace) => [trace.x]));
        const stars = Object.entries(starPoints(wanted, end, this.spec)).map(([name, value]) => [name, [value]]);
        await Plotly.update(this.box, Object.fromEntries(stars), colours(wanted), [this.box.data.length - 1]);
      }
    }
    this.moment.place();
    this.box.dataset.points = this.box.data.slice(0, -1).map((trace) => trace.x.length); // for tests
  }

  // Plotly.js is 1.4 MB on the way: it is fetched once a page, and again where that failed.
  async plotly() {
    while (!this.removed) {
      try {
        const Plotly = await loadPlotly(this.spec.plotly);
        if (!this.drawn) this.box.textContent = "";
        return Plotly;
      } catch {
        this.box.textContent = this.spec.unavailable;
        await pause(RETRY);
      }
    }
  }

  fit() {
    if (this.drawn && this.box.clientWidth && !this.removed)
      window.Plotly.Plots.resize(this.box).then(() => this.moment.place());
  }

  remove() {
    this.removed = true;
    this.resizing.disconnect();
    this.moment.end();
    if (this.drawn) window.Plotly.purge(this.box);
    this.box.remove();
  }
}
