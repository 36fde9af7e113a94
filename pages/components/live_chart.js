// The browser's half of live_chart.py: holds the points, draws them with Plotly.js, asks when some are missing.
//
// A message is {chart, points: [[start, xs, ys] for each trace], marks, spec?}. `chart` names what is drawn, `start` says how
// many points of the trace came before. Streamlit hands over the latest message again when the theme changes, and skips
// messages when it is busy, so points we hold already are dropped and a gap is answered with a request for everything.

const charts = new WeakMap(); // the element Streamlit gives us -> Chart
const ASK_AGAIN = 3000; // ms until an unanswered request for everything is repeated
const RETRY = 2000; // ms until Plotly.js is fetched again

export default function ({ data, parentElement, setTriggerValue }) {
  const chart = charts.get(parentElement) ?? new Chart(parentElement);
  charts.set(parentElement, chart);
  chart.ask = () => setTriggerValue("resync", true);
  chart.receive(data);
  // Streamlit also calls this for an update that was overtaken while the script was loading: only a page that is gone counts.
  return () => setTimeout(() => parentElement.isConnected || chart.remove());
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
    this.marks = [];
    this.theme = null;
    this.plots = 0;
    this.asked = -Infinity;
    this.busy = false;
    this.resizing = new ResizeObserver(() => this.fit());
    this.resizing.observe(this.box);
  }

  receive({ chart, points, marks, spec }) {
    if (chart !== this.name) {
      if (!spec) return this.miss();
      this.start(chart, spec);
    }
    if (points.some(([start], trace) => start > this.held[trace])) return this.miss();
    points.forEach(([start, xs, ys], trace) => {
      const known = this.held[trace] - start;
      this.waiting[trace][0].push(...xs.slice(known));
      this.waiting[trace][1].push(...ys.slice(known));
      this.held[trace] += Math.max(0, xs.length - known);
    });
    this.marks = marks;
    this.asked = -Infinity;
    this.draw();
  }

  start(name, spec) {
    this.name = name;
    this.spec = spec;
    this.held = spec.traces.map(() => 0);
    this.waiting = spec.traces.map(() => [[], []]);
    this.box.style.height = `${spec.height}px`;
    this.box.setAttribute("aria-label", spec.description);
  }

  miss() {
    if (performance.now() - this.asked < ASK_AGAIN) return;
    this.asked = performance.now();
    this.ask();
  }

  // Plotly's calls are asynchronous and must not overlap: one loop draws, whatever comes meanwhile waits for its next turn.
  async draw() {
    if (this.busy) return;
    this.busy = true;
    try {
      const Plotly = await this.plotly();
      while (!this.removed && this.outdated()) {
        if (this.box._dragging) await pause(50); // a redraw would end the zoom that is being drawn
        else await this.step(Plotly);
      }
    } finally {
      this.busy = false;
    }
  }

  outdated() {
    return (
      this.drawn !== this.name ||
      this.waiting.some(([xs]) => xs.length) ||
      this.shownMarks !== JSON.stringify(this.marks) ||
      this.theme !== JSON.stringify(themeOf(this.parent))
    );
  }

  async step(Plotly) {
    const theme = themeOf(this.parent);
    const marks = JSON.stringify(this.marks);
    const points = this.waiting;
    this.waiting = points.map(() => [[], []]);
    if (this.drawn !== this.name) {
      this.drawn = this.name;
      this.theme = JSON.stringify(theme);
      this.shownMarks = marks;
      const traces = this.spec.traces.map((trace, index) => curve(trace, points[index]));
      this.plots += 1;
      this.box.dataset.plots = this.plots; // for tests: one chart is plotted once
      await Plotly.newPlot(this.box, [...traces, starTrace(this.marks, this.end(), theme)], layoutOf(this.spec, theme), CONFIG);
    } else {
      const grown = points.flatMap(([xs], index) => (xs.length ? [index] : []));
      if (grown.length) {
        const added = { x: grown.map((index) => points[index][0]), y: grown.map((index) => points[index][1]) };
        await Plotly.extendTraces(this.box, added, grown);
      }
      if (this.shownMarks !== marks || this.theme !== JSON.stringify(theme)) {
        this.shownMarks = marks;
        this.theme = JSON.stringify(theme);
        const stars = Object.entries(starPoints(this.marks, this.end(), theme)).map(([name, value]) => [name, [value]]);
        await Plotly.update(this.box, Object.fromEntries(stars), themed(theme), [this.spec.traces.length]);
      }
    }
    this.box.dataset.points = this.box.data.slice(0, -1).map((trace) => trace.x.length); // for tests
  }

  // The largest x so far: stars left of its half have their text to the right, others to the left.
  end() {
    return Math.max(0, ...this.box.data?.map((trace) => trace.x.at(-1) ?? 0) ?? []);
  }

  // Plotly.js is 1.4 MB on the way: it is fetched once a page, and again where that failed.
  async plotly() {
    for (;;) {
      try {
        const Plotly = await loadPlotly(this.spec.plotly);
        if (!this.drawn) this.box.textContent = "";
        return Plotly;
      } catch {
        this.box.textContent = this.spec.unavailable;
        await pause(RETRY);
      }
      if (this.removed) return null;
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
      loading = null;
      script.remove();
      reject(new Error(`${script.src} could not be loaded`));
    };
    document.head.append(script);
  });
  return loading;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// --- look ---------------------------------------------------------------------------------------------------------

const FINGER = window.matchMedia("(pointer: coarse)").matches;
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

function curve(trace, [x, y]) {
  return {
    type: "scatter",
    x,
    y,
    name: plain(trace.name),
    mode: trace.mode,
    line: { color: trace.color, dash: trace.dash, width: trace.width },
    marker: { color: trace.color, symbol: trace.symbol, size: 7 },
  };
}

function starTrace(marks, end, theme) {
  const { "marker.color": color, "marker.line.color": edge, "textfont.color": text, ...points } = starPoints(marks, end, theme);
  return {
    type: "scatter",
    mode: "markers+text",
    ...points,
    marker: { symbol: "star", size: 14, color, line: { width: 1, color: edge } },
    textfont: { color: text, size: 12 },
    hoverinfo: "skip",
    showlegend: false,
    cliponaxis: false,
  };
}

// The parts of the stars that change, by Plotly's attribute names.
function starPoints(marks, end, theme) {
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

// What follows the theme, by Plotly's attribute names.
function themed(theme) {
  const axis = (name) => ({ [`${name}.gridcolor`]: theme.line, [`${name}.linecolor`]: theme.line });
  return {
    "font.color": theme.text,
    "hoverlabel.bgcolor": theme.panel,
    "hoverlabel.bordercolor": theme.line,
    "hoverlabel.font.color": theme.text,
    "modebar.color": theme.text,
    "modebar.activecolor": theme.text,
    ...axis("xaxis"),
    ...axis("yaxis"),
  };
}

function layoutOf(spec, theme) {
  const axis = (title, range) => ({
    title: { text: plain(title), standoff: 8 },
    automargin: true,
    zeroline: false,
    ...(range && { range, autorange: range.includes(null) ? undefined : false }),
  });
  const layout = {
    autosize: true,
    font: { family: theme.font, size: 13 },
    title: spec.title && { text: plain(spec.title), x: 0, xref: "paper", xanchor: "left", y: 1, yanchor: "top", pad: { t: 6 } },
    margin: { l: 64, r: 16, t: spec.title ? 60 : 34, b: 48 },
    xaxis: { ...axis(spec.x_title, spec.x_range), showgrid: false, showline: true, hoverformat: ",.6~g" },
    yaxis: { ...axis(spec.y_title, spec.y_range), tickformat: spec.y_format ?? "", hoverformat: spec.y_format ?? ".5~g" },
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom" },
    hovermode: "x unified",
    hoverlabel: { namelength: -1 },
    dragmode: FINGER ? false : "zoom", // a finger scrolls the page
    modebar: { bgcolor: "rgba(0,0,0,0)" },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
  };
  layout.xaxis.unifiedhovertitle = { text: `${plain(spec.x_title)} %{x}` };
  for (const [path, value] of Object.entries(themed(theme))) {
    const parts = path.split(".");
    const last = parts.pop();
    parts.reduce((inner, part) => (inner[part] ??= {}), layout)[last] = value;
  }
  return layout;
}
