// How a live chart looks: curves, stars, layout and colours, as Plotly.js takes them.

const usesFinger = () => window.matchMedia("(pointer: coarse)").matches;
export const CONFIG = {
  displaylogo: false,
  modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
  responsive: false, // `fit` sees every change of width, also when the sidebar closes
  showTips: false,
};

// Plotly reads a few HTML tags in its texts. Ours are plain.
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export function themeOf(element) {
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
export const last = (curves) => Math.max(0, ...curves.map(([xs]) => xs.at(-1) ?? 0));

// Values by Plotly's dotted attribute names, put into an object: {"font.color": c} becomes {font: {color: c}}.
export function nest(object, values) {
  for (const [path, value] of Object.entries(values)) {
    const names = path.split(".");
    const name = names.pop();
    names.reduce((inner, part) => (inner[part] ??= {}), object)[name] = value;
  }
  return object;
}

// All curves of a chart. A smoothed one has the look of the first, which becomes faint.
export function tracesOf({ traces, smoothing }) {
  if (!smoothing) return traces;
  const [first, ...others] = traces;
  return [{ ...first, opacity: 0.3 }, ...others, { ...first, name: smoothing.name, width: first.width + 0.5 }];
}

// Values as they are drawn: shares as percent.
export const scaled = (spec, ys) => (spec.percent ? ys.map((y) => (y === null ? null : 100 * y)) : ys);

export function curve(spec, trace, [x, y]) {
  return {
    type: "scatter",
    x,
    y: scaled(spec, y),
    hovertemplate: `${plain(trace.name)}, ${plain(spec.x_title)} %{x:,.12~g}: %{y}<extra></extra>`,
    name: plain(trace.name),
    mode: trace.mode,
    opacity: trace.opacity ?? 1,
    line: { color: trace.color, dash: trace.dash, width: trace.width },
    // Each marker is an element of its own: beyond some, evenly spread, they only cost time at every tick.
    marker: { color: trace.color, symbol: trace.symbol, size: 7, maxdisplayed: spec.style.markers },
    cliponaxis: !trace.mode.includes("markers"), // a marker on the edge, such as 100 %, is shown whole
  };
}

export function starTrace() {
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
export function starPoints({ marks, theme }, end, spec) {
  return {
    x: marks.map((mark) => mark.x),
    y: scaled(
      spec,
      marks.map((mark) => mark.y),
    ),
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
export function colours({ theme, empty, step }) {
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

export function layoutOf(spec) {
  const axis = (title, range, limits) => ({
    title: { text: plain(title), standoff: 8 },
    automargin: true,
    zeroline: false,
    // Left to Plotly, both are found by measuring every label at every tick, a quarter of what it costs.
    ticklabeloverflow: "allow",
    tickangle: 0,
    // An end that is null is found by Plotly.
    ...(range && { range, autorange: range.includes(null) ? undefined : false }),
    ...(limits && { autorangeoptions: { clipmin: limits[0], clipmax: limits[1] } }),
  });
  const { style } = spec;
  const rows = Math.ceil(tracesOf(spec).length / style.legendColumns);
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
    margin: { l: 80, r: 16, t: spec.title ? 38 : 14, b: style.below + style.legendRow * rows },
    xaxis: {
      ...axis(spec.x_title, spec.x_range),
      showgrid: false,
      showline: true,
      hoverformat: ",.12~g",
      tickformat: ",.12~g",
      unifiedhovertitle: { text: `${plain(spec.x_title)} %{x:,.12~g}` },
    },
    yaxis: {
      ...axis(spec.y_title, spec.y_range && scaled(spec, spec.y_range), spec.y_limits && scaled(spec, spec.y_limits)),
      type: spec.y_log ? "log" : "linear",
      tickformat: spec.percent ? "~g" : "",
      ticksuffix: spec.percent ? style.percent : "",
      hoverformat: spec.percent ? style.share : style.number,
    },
    legend: style.legend,
    hovermode: "x unified",
    hoverdistance: -1, // also between points that are far apart, such as epochs
    hoverlabel: { namelength: -1 },
    dragmode: usesFinger() ? false : "zoom", // a finger scrolls the page
    modebar: { bgcolor: "rgba(0,0,0,0)" },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
  };
}
