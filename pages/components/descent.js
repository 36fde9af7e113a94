// A walk as a film. Several panels show the same steps; Play, Step, Reset and a slider move all of them together.
// Everything happens in the browser: the server sends the whole walk once and isn't asked again until a knob turns.
//
// data = { steps, readout: [text of each step], walkers: [{ name, color, mark }], words,
//          panels: [{ title, x: {label, range}, y: {label, range, log},
//                     curves: { x: [], y: [[]] }     one curve, or one for each step
//                     grid: { x: [], y: [], z: [[]], levels: [] }
//                     spots: [[x, y]]                crosses to mark places
//                     tracks: [{ x: [], y: [] }] }] }    one for each walker; null where there is no number

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { top: 8, right: 12, bottom: 40, left: 52 };
const WHOLE_WALK_MS = 5000;

const MARKS = {
  circle: (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`,
  square: (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  triangle: (r) => `M0,${-1.2 * r}L${1.2 * r},${r}H${-1.2 * r}z`,
  diamond: (r) => `M0,${-1.4 * r}L${1.2 * r},0L0,${1.4 * r}L${-1.2 * r},0z`,
  down: (r) => `M0,${1.2 * r}L${1.2 * r},${-r}H${-1.2 * r}z`,
  bar: (r) => `M${-0.6 * r},${-1.4 * r}h${1.2 * r}v${2.8 * r}h${-1.2 * r}z`,
  beam: (r) => `M${-1.4 * r},${-0.6 * r}h${2.8 * r}v${1.2 * r}h${-2.8 * r}z`,
};

function draw(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// Round numbers that divide a range into about `count` parts.
function ticks([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at += 1) found.push(at * step);
  return found.map((value) => [value, String(+value.toPrecision(6))]);
}

function decades([low, high]) {
  const found = [];
  for (let power = Math.ceil(low); power <= high; power += Math.ceil((high - low) / 6)) found.push([power, `1e${power}`]);
  return found;
}

// Where the surface has one height. Each cell is two triangles, which a level crosses in one segment or not at all.
function contour({ x, y, z }, level, toX, toY) {
  const segments = [];
  for (let row = 0; row + 1 < y.length; row += 1) {
    for (let column = 0; column + 1 < x.length; column += 1) {
      const corner = (r, c) => [x[column + c], y[row + r], z[row + r][column + c]];
      const [a, b, c, d] = [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0)];
      for (const triangle of [[a, b, c], [a, c, d]]) {
        const cut = [];
        triangle.forEach((from, index) => {
          const to = triangle[(index + 1) % 3];
          if (from[2] < level === to[2] < level) return;
          const share = (level - from[2]) / (to[2] - from[2]);
          cut.push([0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis])));
        });
        if (cut.length) segments.push("M" + cut.map(([px, py]) => `${toX(px).toFixed(1)},${toY(py).toFixed(1)}`).join("L"));
      }
    }
  }
  return segments.join("");
}

// Where the axes go. A map has equal units both ways: otherwise the way downhill wouldn't cross the lines at right angles.
function place({ x, y, grid }, width, height) {
  const box = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  if (!grid) return box;
  const [across, up] = [x.range[1] - x.range[0], y.range[1] - y.range[0]];
  const unit = Math.min((box.right - box.left) / across, (box.bottom - box.top) / up);
  const [spareX, spareY] = [box.right - box.left - unit * across, box.bottom - box.top - unit * up];
  return { left: box.left + spareX / 2, right: box.right - spareX / 2, top: box.top, bottom: box.bottom - spareY };
}

function axes(svg, panel, { left, right, top, bottom }, toX, toY) {
  for (const [value, label] of ticks(panel.x.range, right - left < 300 ? 4 : 6)) {
    draw(svg, "line", { class: "grid", x1: toX(value), x2: toX(value), y1: top, y2: bottom });
    draw(svg, "text", { x: toX(value), y: bottom + 15, "text-anchor": "middle" }, label);
  }
  for (const [value, label] of panel.y.log ? decades(panel.y.range) : ticks(panel.y.range, 5)) {
    draw(svg, "line", { class: "grid", x1: left, x2: right, y1: toY(value), y2: toY(value) });
    draw(svg, "text", { x: left - 6, y: toY(value) + 4, "text-anchor": "end" }, label);
  }
  draw(svg, "text", { class: "name", x: (left + right) / 2, y: bottom + 34, "text-anchor": "middle" }, panel.x.label);
  const turned = `translate(${left - 40},${(top + bottom) / 2}) rotate(-90)`;
  draw(svg, "text", { class: "name", transform: turned, "text-anchor": "middle" }, panel.y.label);
}

// One panel: what stays is drawn once, and the returned function draws one step of the walk on top of it.
function drawPanel(figure, panel, data, clip) {
  const svg = figure.querySelector("svg");
  svg.replaceChildren();
  const width = figure.clientWidth;
  const height = Math.round(Math.min(340, Math.max(230, width * 0.75)));
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const box = place(panel, width, height);
  const scale = ([low, high], from, to) => (value) => from + ((value - low) / (high - low)) * (to - from);
  const toX = scale(panel.x.range, box.left, box.right);
  const toY = scale(panel.y.range, box.bottom, box.top);
  axes(svg, panel, box, toX, toY);
  const [x, y, inner, tall] = [box.left, box.top, box.right - box.left, box.bottom - box.top];
  draw(draw(svg, "clipPath", { id: clip }), "rect", { x, y, width: inner, height: tall });
  const field = draw(svg, "g", { "clip-path": `url(#${clip})` });
  (panel.grid?.levels ?? []).forEach((level, index, all) => {
    const opacity = 0.9 - (0.65 * index) / all.length;
    draw(field, "path", { class: "contour", opacity, d: contour(panel.grid, level, toX, toY) });
  });
  for (const [x, y] of panel.spots) {
    draw(field, "path", { class: "spot", transform: `translate(${toX(x)},${toY(y)})`, d: "M-5,-5L5,5M-5,5L5,-5" });
  }
  const away = draw(svg, "text", { class: "away", x: box.right - 4, y: box.top + 14, "text-anchor": "end" });
  const curve = panel.curves && draw(field, "path", { class: "curve" });
  const walks = draw(field, "g", {});
  const line = (xs, ys) =>
    xs.map((x, index) => (ys[index] === null || x === null ? "" : `${index ? "L" : "M"}${toX(x)},${toY(ys[index])}`)).join("");
  return (step) => {
    if (curve) {
      const ys = panel.curves.y[Math.min(step, panel.curves.y.length - 1)];
      curve.setAttribute("d", line(panel.curves.x, ys));
    }
    walks.replaceChildren();
    panel.tracks.forEach((track, index) => drawTrack(walks, track, data, index, step, { toX, toY, line }));
    const lost = data.walkers.filter((_, index) => isOutside(panel, panel.tracks[index], step)).map(({ name }) => name);
    away.textContent = lost.length ? `${data.words.outside}: ${lost.join(", ")}` : "";
  };
}

function isOutside(panel, track, step) {
  const beyond = (value, [low, high]) => value === null || value < low || value > high;
  return beyond(track.x[step], panel.x.range) || beyond(track.y[step], panel.y.range);
}

function drawTrack(parent, track, data, index, step, { toX, toY, line }) {
  const { color, mark, name } = data.walkers[index];
  const shape = MARKS[mark];
  const seen = [track.x.slice(0, step + 1), track.y.slice(0, step + 1)];
  draw(parent, "path", { class: "track", stroke: color, d: line(...seen) });
  seen[0].forEach((x, number) => {
    const [y, last] = [track.y[number], number === step];
    if (x === null || y === null || (!last && data.steps > 40)) return;
    const at = `translate(${toX(x)},${toY(y)})`;
    const dot = draw(parent, "path", { class: last ? "here" : "dot", fill: color, transform: at, d: shape(last ? 6 : 3) });
    draw(dot, "title", {}, `${name} · ${data.readout[number]}`);
  });
}

function build(root, data) {
  root.querySelector(".panels").replaceChildren(
    ...data.panels.map((panel) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.textContent = panel.title;
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${panel.title}: ${panel.y.label} / ${panel.x.label}`);
      figure.append(caption, svg);
      return figure;
    }),
  );
  root.querySelector(".legend").replaceChildren(
    ...(data.walkers.length < 2 ? [] : data.walkers).map(({ name, color, mark }) => {
      const item = document.createElement("span");
      const key = document.createElementNS(SVG, "svg");
      key.setAttribute("viewBox", "-8 -8 16 16");
      draw(key, "path", { fill: color, d: MARKS[mark](5) });
      item.append(key, name);
      return item;
    }),
  );
}

let counted = 0;

function makePlayer(root) {
  const find = (name) => root.querySelector(`.${name}`);
  const [play, forward, reset, slider] = ["play", "forward", "reset", "slider"].map(find);
  const clips = `walk-${(counted += 1)}`;
  let [data, sent, step, timer, painters] = [null, "", 0, null, []];

  function show(number) {
    step = Math.max(0, Math.min(data.steps, number));
    painters.forEach((paint) => paint(step));
    slider.value = step;
    slider.setAttribute("aria-valuetext", data.readout[step]);
    find("readout").textContent = data.readout[step];
    forward.disabled = step === data.steps;
    reset.disabled = step === 0;
    root.dataset.step = step;
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = data.words.play;
  }
  function start() {
    if (step === data.steps) show(0);
    play.textContent = data.words.pause;
    timer = setInterval(() => {
      show(step + 1);
      if (step === data.steps) pause();
    }, Math.max(40, Math.min(500, WHOLE_WALK_MS / data.steps)));
  }
  function paintAll() {
    const figures = [...root.querySelectorAll("figure")];
    if (!data || !root.clientWidth || figures.length !== data.panels.length) return;
    painters = figures.map((figure, index) => drawPanel(figure, data.panels[index], data, `${clips}-${index}`));
    show(step);
  }
  play.onclick = () => (timer ? pause() : start());
  forward.onclick = () => (pause(), show(step + 1));
  reset.onclick = () => (pause(), show(0));
  slider.oninput = () => (pause(), show(+slider.value));
  const observer = new ResizeObserver(paintAll);
  observer.observe(root);

  return {
    // A new walk is shown whole at once, so that turning a knob shows its effect; the same walk again changes nothing.
    load(next) {
      const text = JSON.stringify(next);
      if (text === sent) return;
      [data, sent, step] = [next, text, next.steps];
      slider.max = data.steps;
      for (const name of ["forward", "reset"]) find(name).textContent = data.words[name];
      slider.setAttribute("aria-label", data.words.slider);
      pause();
      build(root, data);
      paintAll();
    },
    end() {
      clearInterval(timer);
      observer.disconnect();
    },
  };
}

const players = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".player");
  if (!players.has(root)) players.set(root, makePlayer(root));
  players.get(root).load(data);
  return () => {
    if (root.isConnected) return;
    players.get(root)?.end();
    players.delete(root);
  };
}
