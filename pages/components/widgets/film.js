// A walk as a film. Several panels show the same steps; Play, Step, Reset and a slider move all of them together.
// Everything happens in the browser: the server sends the whole walk once and isn't asked again until a knob turns.
//
// data = { steps, readout: [text of each step], walkers: [{ name, color, mark }], words,
//          panels: [{ title, x: {label, range}, y: {label, range, log},
//                     curves: { x: [], y: [[]] }     one curve, or one for each step
//                     grid: { x: [], y: [], z: [[]], levels: [] }
//                     deep                           the grid from the side, to be turned by dragging
//                     spots: [[x, y]]                crosses to mark places
//                     tracks: [{ x: [], y: [], z: [] }] }] }   one for each walker; null where there is no number

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
export function ticks([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at += 1) found.push(at * step);
  return found.map((value) => [value, String(+value.toPrecision(6))]);
}

export function decades([low, high]) {
  const found = [];
  for (let power = Math.ceil(low); power <= high; power += Math.max(1, Math.ceil((high - low) / 6)))
    found.push([power, `1e${power}`]);
  return found;
}

// Where the surface has one height. Each cell is two triangles, which a level crosses in one segment or not at all.
export function contour({ x, y, z }, level, toX, toY) {
  const segments = [];
  for (let row = 0; row + 1 < y.length; row += 1) {
    for (let column = 0; column + 1 < x.length; column += 1) {
      const corner = (r, c) => [x[column + c], y[row + r], z[row + r][column + c]];
      const [a, b, c, d] = [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0)];
      for (const triangle of [
        [a, b, c],
        [a, c, d],
      ]) {
        const cut = [];
        triangle.forEach((from, index) => {
          const to = triangle[(index + 1) % 3];
          if (from[2] < level === to[2] < level) return;
          const share = (level - from[2]) / (to[2] - from[2]);
          cut.push([0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis])));
        });
        if (cut.length)
          segments.push(`M${cut.map(([px, py]) => `${toX(px).toFixed(1)},${toY(py).toFixed(1)}`).join("L")}`);
      }
    }
  }
  return segments.join("");
}

// Where the axes go. A map has equal units both ways: otherwise the way downhill wouldn't cross the lines at right angles.
export function place({ x, y, grid }, width, height) {
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
function drawPanel(figure, panel, data, clip, view) {
  const svg = figure.querySelector("svg");
  svg.replaceChildren();
  const width = figure.clientWidth;
  const height = Math.round(Math.min(280, Math.max(225, width * 0.57)));
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return (panel.deep ? drawDeep : drawFlat)(svg, panel, data, { width, height, clip, view });
}

function drawFlat(svg, panel, data, { width, height, clip }) {
  const box = place(panel, width, height);
  const scale =
    ([low, high], from, to) =>
    (value) =>
      from + ((value - low) / (high - low)) * (to - from);
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
  const at = (x, y) => (x === null || y === null ? null : [toX(x), toY(y)]);
  return (step) => {
    if (curve) {
      const ys = panel.curves.y[Math.min(step, panel.curves.y.length - 1)];
      curve.setAttribute("d", line(panel.curves.x.map((x, index) => at(x, ys[index]))));
    }
    const tracks = panel.tracks.map(({ x, y }) => x.map((value, index) => at(value, y[index])));
    drawTracks(walks, tracks, data, step);
    const lost = data.walkers.filter((_, index) => isOutside(panel, panel.tracks[index], step));
    const names = data.walkers.length > 1 ? `: ${lost.map(({ name }) => name).join(", ")}` : "";
    away.textContent = lost.length ? data.words.outside + names : "";
  };
}

function isOutside({ x, y }, track, step) {
  const beyond = (value, [low, high]) => value === null || value < low || value > high;
  return beyond(track.x[step], x.range) || beyond(track.y[step], y.range);
}

// The surface from the side, as patches drawn from the farthest to the nearest, and the walks over it.
function drawDeep(svg, panel, data, { width, height, view }) {
  const { x, y, z } = panel.grid;
  const [low, high] = [Math.min(...z.flat()), Math.max(...z.flat())];
  const size = Math.min(width / 1.5, height / 1.5);
  const part = (value, values) => (value - values[0]) / (values.at(-1) - values[0]) - 0.5;
  const turned = (u, v) => [
    u * Math.cos(view.turn) - v * Math.sin(view.turn),
    u * Math.sin(view.turn) + v * Math.cos(view.turn),
  ];
  const onScreen = (u, v, share) => {
    const [right, far] = turned(u, v);
    const up = far * Math.sin(view.tilt) + 0.75 * (share - 0.4) * Math.cos(view.tilt);
    return [width / 2 + size * right, height / 2 - size * up];
  };
  const share = (value) => (value - low) / (high - low);
  const at = (px, py, pz) => onScreen(part(px, x), part(py, y), share(pz));
  const patches = [];
  for (let row = 0; row + 2 < y.length; row += 2) {
    for (let column = 0; column + 2 < x.length; column += 2) {
      const corners = [
        [0, 0],
        [0, 2],
        [2, 2],
        [2, 0],
      ].map(([r, c]) => at(x[column + c], y[row + r], z[row + r][column + c]));
      const far = turned(part(x[column], x), part(y[row], y))[1];
      patches.push({ far, corners, shade: Math.round(6 + 40 * share(z[row + 1][column + 1])) });
    }
  }
  for (const { corners, shade } of patches.sort((a, b) => b.far - a.far)) {
    const style = `fill: color-mix(in srgb, currentColor ${shade}%, var(--st-background-color))`;
    draw(svg, "path", { class: "patch", style, d: `${line(corners)}z` });
  }
  nameEdges(svg, panel, turned, onScreen);
  const walks = draw(svg, "g", {});
  const inside = (track, index) =>
    !isOutside(panel, track, index) && at(track.x[index], track.y[index], track.z[index]);
  return (step) => {
    const tracks = panel.tracks.map((track) => track.x.map((_, index) => inside(track, index) || null));
    drawTracks(walks, tracks, data, step);
  };
}

// Name and ends of the two axes, each along that edge of the ground which is nearer to the eye.
function nameEdges(svg, panel, turned, onScreen) {
  const edge = 0.56;
  const u = turned(edge, 0)[1] < 0 ? edge : -edge;
  const v = turned(0, edge)[1] < 0 ? edge : -edge;
  const text = (along, across, words) => {
    const [x, y] = onScreen(along, across, 0);
    draw(svg, "text", { x, y: y + 8, "text-anchor": "middle" }, words);
  };
  for (const [index, end] of [-0.45, 0.45].entries()) {
    text(end, v, +panel.x.range[index].toPrecision(2));
    text(u, end, +panel.y.range[index].toPrecision(2));
  }
  text(0, 1.15 * v, panel.x.label);
  text(1.15 * u, 0, panel.y.label);
}

// Points on the screen as a path; null is a gap.
function line(points) {
  return points
    .map((at, index) => at && `${index && points[index - 1] ? "L" : "M"}${at[0].toFixed(1)},${at[1].toFixed(1)}`)
    .join("");
}

function drawTracks(parent, tracks, data, step) {
  parent.replaceChildren();
  tracks.forEach((track, index) => {
    const { color, mark, name } = data.walkers[index];
    draw(parent, "path", { class: "track", stroke: color, d: line(track.slice(0, step + 1)) });
    track.slice(0, step + 1).forEach((at, number) => {
      const last = number === step;
      if (!at || (!last && data.steps > 40)) return;
      const looks = {
        class: last ? "here" : "dot",
        fill: color,
        transform: `translate(${at})`,
        d: MARKS[mark](last ? 6 : 3),
      };
      draw(draw(parent, "path", looks), "title", {}, `${name} · ${data.readout[number]}`);
    });
  });
}

function build(root, data, turn) {
  root.querySelector(".panels").replaceChildren(
    ...data.panels.map((panel) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.textContent = panel.title;
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${panel.title}: ${panel.y.label} / ${panel.x.label}`);
      if (panel.deep) makeTurnable(svg, turn);
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

// Drag sideways or up and down, or use the arrow keys.
function makeTurnable(svg, turn) {
  svg.classList.add("turnable");
  svg.setAttribute("tabindex", "0");
  svg.onpointerdown = (event) => svg.setPointerCapture(event.pointerId);
  svg.onpointermove = (event) => svg.hasPointerCapture(event.pointerId) && turn(event.movementX, event.movementY);
  svg.onkeydown = (event) => {
    const way = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[event.key];
    if (!way) return;
    event.preventDefault();
    turn(...way);
  };
}

let counted = 0;

function makePlayer(root) {
  const find = (name) => root.querySelector(`.${name}`);
  const [play, forward, reset, slider] = ["play", "forward", "reset", "slider"].map(find);
  counted += 1;
  const clips = `walk-${counted}`;
  const view = { turn: -0.5, tilt: 0.6 }; // radians; stays when a knob brings another walk
  let [data, sent, step, timer, painters] = [null, "", 0, null, []];

  function show(number) {
    step = Math.max(0, Math.min(data.steps, number));
    for (const paint of painters) paint(step);
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
    timer = setInterval(
      () => {
        show(step + 1);
        if (step === data.steps) pause();
      },
      Math.max(40, Math.min(500, WHOLE_WALK_MS / data.steps)),
    );
  }
  function paintAll() {
    const figures = [...root.querySelectorAll("figure")];
    if (!data || !root.clientWidth || figures.length !== data.panels.length) return;
    painters = figures.map((figure, index) => drawPanel(figure, data.panels[index], data, `${clips}-${index}`, view));
    show(step);
  }
  function turn(right, down) {
    view.turn += right / 100;
    view.tilt = Math.max(0.1, Math.min(1.5, view.tilt + down / 100));
    paintAll();
  }
  play.onclick = () => (timer ? pause() : start());
  forward.onclick = () => {
    pause();
    show(step + 1);
  };
  reset.onclick = () => {
    pause();
    show(0);
  };
  slider.oninput = () => {
    pause();
    show(+slider.value);
  };
  const observer = new ResizeObserver(paintAll);
  observer.observe(root);

  return {
    // A new walk is shown whole at once, so that turning a knob shows its effect; the same walk again changes nothing.
    load(next) {
      const text = JSON.stringify(next);
      if (text === sent) return;
      [data, sent, step] = [next, text, next.steps];
      root.hidden = false; // until now its buttons had no names
      slider.max = data.steps;
      for (const name of ["forward", "reset"]) find(name).textContent = data.words[name];
      slider.setAttribute("aria-label", data.words.slider);
      pause();
      build(root, data, turn);
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
