// The browser's half of live_chart.py: holds the points, draws them with Plotly.js, asks when some are missing.
//
// A message is {chart, points: [[start, xs, ys] for each trace], marks, spec?, confirm?}. `chart` names what is drawn, `start`
// says how many points of the trace came before. Streamlit hands over the latest message again when the theme changes, and
// skips one that the next overtakes. So points we hold already are dropped, at a gap we report which points we hold, and
// while the server asks us to `confirm` it repeats the points from the same start.

const MARKERS = 60; // of a curve at most
const charts = new WeakMap(); // the element Streamlit gives us -> Chart
const AGAIN = 1000; // ms until a report that changed nothing is repeated
const RETRY = 2000; // ms until Plotly.js is fetched again

export default function ({ data, parentElement, setTriggerValue }) {
  if (data.prepare) return void loadPlotly(data.prepare).catch(() => {}); // a chart will try again
  const chart = charts.get(parentElement) ?? new Chart(parentElement);
  charts.set(parentElement, chart);
  chart.tell = (report) => setTriggerValue("report", report);
  chart.receive(data);
  // Streamlit also calls this for an update that was overtaken while the script was loading: only a page that is gone counts.
  return () => setTimeout(() => parentElement.isConnected || chart.remove());
}

// Of [start, xs, ys] for each trace, the points that come after the `held` first ones; null where some are missing between.
export function newPoints(held, points) {
  if (points.some(([start], trace) => start > held[trace])) return null;
  return points.map(([start, xs, ys], trace) => [xs.slice(held[trace] - start), ys.slice(held[trace] - start)]);
}

class Chart {
  constructor(parent) {
    this.parent = parent;
    this.box = document.createElement("div");
    this.box.className = "classroom-live-chart";
    this.box.setAttribute("role", "img");
    parent.append(this.box);
    this.name = null; // which chart we hold, as the server names it
    this.drawn = null; // which chart Plotly shows
    this.held = []; // points of each trace, drawn or waiting
    this.waiting = []; // [xs, ys] of each trace, still to be drawn
    this.look = ""; // marks and theme as drawn
    this.reported = -Infinity; // when
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(this.box);
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
    const empty = this.held.every((number) => number === 0);
    return {
      marks: this.marks,
      theme: themeOf(this.parent),
      empty,
      step: this.spec.x_whole ? wholeStep(this.end) : null,
    };
  }

  async step(Plotly) {
    const points = this.waiting;
    this.waiting = points.map(() => [[], []]);
    const wanted = this.wanted();
    const stale = this.look !== JSON.stringify(wanted);
    this.look = JSON.stringify(wanted);
    if (this.drawn !== this.name) {
      this.drawn = this.name;
      this.box.dataset.plots = Number(this.box.dataset.plots ?? 0) + 1; // for tests: a chart is plotted once
      const traces = this.spec.traces.map((trace, index) => curve(trace, points[index]));
      const stars = nest(starTrace(), starPoints(wanted, last(points)));
      await Plotly.newPlot(this.box, [...traces, stars], nest(layoutOf(this.spec), colours(wanted)), CONFIG);
    } else {
      const grown = points.flatMap(([xs], index) => (xs.length ? [index] : []));
      const added = { x: grown.map((index) => points[index][0]), y: grown.map((index) => points[index][1]) };
      if (grown.length) await Plotly.extendTraces(this.box, added, grown);
      if (stale) {
        const end = last(this.box.data.map((trace) => [trace.x]));
        const stars = Object.entries(starPoints(wanted, end)).map(([name, value]) => [name, [value]]);
        await Plotly.update(this.box, Object.fromEntries(stars), colours(wanted), [this.spec.traces.length]);
      }
    }
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
    if (this.drawn && this.box.clientWidth && !this.removed) window.Plotly.Plots.resize(this.box);
  }

  remove() {
    this.removed = true;
    this.resizing.disconnect();
    charts.delete(this.parent);
    if (this.drawn) window.Plotly.purge(this.box);
    this.box.remove();
  }
}

let loading = null; // the promise of Plotly.js, shared by all charts of the page

function loadPlotly(address) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = null; // the next call fetches again
      reject(new Error(`${script.src} could not be loaded`));
    };
    document.head.append(script);
  });
  return loading;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// --- look ---------------------------------------------------------------------------------------------------------

const usesFinger = () => window.matchMedia("(pointer: coarse)").matches;
const CONFIG = {
  displaylogo: false,
  modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
  responsive: false, // `fit` sees every change of width, also when the sidebar closes
  showTips: false,
};

// Plotly reads a few HTML tags in its texts. Ours are plain.
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    font: value("font"),
    text: value("text-color"),
    background: value("background-color"),
    panel: value("secondary-background-color"),
    line: value("border-color"),
  };
}

// The largest x of all curves.
const last = (curves) => Math.max(0, ...curves.map(([xs]) => xs.at(-1) ?? 0));

// Values by Plotly's dotted attribute names, put into an object: {"font.color": c} becomes {font: {color: c}}.
export function nest(object, values) {
  for (const [path, value] of Object.entries(values)) {
    const names = path.split(".");
    const name = names.pop();
    names.reduce((inner, part) => (inner[part] ??= {}), object)[name] = value;
  }
  return object;
}

function curve(trace, [x, y]) {
  return {
    type: "scatter",
    x,
    y,
    name: plain(trace.name),
    mode: trace.mode,
    line: { color: trace.color, dash: trace.dash, width: trace.width },
    // Each marker is an element of its own: beyond some, evenly spread, they only cost time at every tick.
    marker: { color: trace.color, symbol: trace.symbol, size: 7, maxdisplayed: MARKERS },
    cliponaxis: !trace.mode.includes("markers"), // a marker on the edge, such as 100 %, is shown whole
  };
}

function starTrace() {
  return {
    type: "scatter",
    mode: "markers+text",
    marker: { symbol: "star", size: 14, line: { width: 1 } },
    textfont: { size: 12 },
    hoverinfo: "skip",
    showlegend: false,
    cliponaxis: false,
  };
}

// The parts of the stars that change. Stars left of the middle have their text to the right, others to the left.
export function starPoints({ marks, theme }, end) {
  return {
    x: marks.map((mark) => mark.x),
    y: marks.map((mark) => mark.y),
    text: marks.map((mark) => plain(mark.text)),
    textposition: marks.map((mark) => (mark.x < end / 2 ? "bottom right" : "bottom left")),
    "marker.color": marks.map((mark) => mark.color),
    "marker.line.color": theme.background,
    "textfont.color": theme.text,
  };
}

// The distance of ticks on an axis of whole numbers up to `end`: 1, 2 or 5 times a power of ten, at most ten ticks.
export function wholeStep(end) {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, end))) - 1);
  return [1, 2, 5, 10].map((times) => times * power).find((step) => end / step <= 10);
}

// The parts of the layout that change.
function colours({ theme, empty, step }) {
  const axis = (id) => ({
    [`${id}.gridcolor`]: theme.line,
    [`${id}.linecolor`]: theme.line,
    [`${id}.showticklabels`]: !empty,
  });
  return {
    ...axis("xaxis"),
    ...axis("yaxis"),
    ...(step && { "xaxis.tick0": 0, "xaxis.dtick": step }),
    "yaxis.showgrid": !empty,
    "font.color": theme.text,
    "font.family": theme.font,
    "hoverlabel.bgcolor": theme.panel,
    "hoverlabel.bordercolor": theme.line,
    "hoverlabel.font.color": theme.text,
    "modebar.color": theme.text,
    "modebar.activecolor": theme.text,
  };
}

function layoutOf(spec) {
  const axis = (title, range, limits) => ({
    title: { text: plain(title), standoff: 8 },
    automargin: true,
    zeroline: false,
    // An end that is null is found by Plotly.
    ...(range && { range, autorange: range.includes(null) ? undefined : false }),
    ...(limits && { autorangeoptions: { clipmin: limits[0], clipmax: limits[1] } }),
  });
  return {
    autosize: true,
    font: { size: 13 },
    title: spec.title && {
      text: plain(spec.title),
      x: 0,
      xref: "paper",
      xanchor: "left",
      y: 1,
      yanchor: "top",
      pad: { t: 6 },
    },
    margin: { l: 80, r: 16, t: spec.title ? 60 : 34, b: 48 },
    xaxis: {
      ...axis(spec.x_title, spec.x_range),
      showgrid: false,
      showline: true,
      hoverformat: ",.12~g",
      unifiedhovertitle: { text: `${plain(spec.x_title)} %{x:,.12~g}` },
    },
    yaxis: {
      ...axis(spec.y_title, spec.y_range, spec.y_limits),
      tickformat: spec.y_format ?? "",
      hoverformat: spec.y_format ?? ".5~g",
    },
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom" },
    hovermode: "x unified",
    hoverdistance: -1, // also between points that are far apart, such as epochs
    hoverlabel: { namelength: -1 },
    dragmode: usesFinger() ? false : "zoom", // a finger scrolls the page
    modebar: { bgcolor: "rgba(0,0,0,0)" },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
  };
}
