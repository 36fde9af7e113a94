// The browser's half of wall.py: tiles that stay where they are while their texts and curves change.

const walls = new WeakMap(); // the element Streamlit gives us -> its wall

const WIDTH = 100; // of a curve's own coordinates
const HEIGHT = 24;
const SVG = "http://www.w3.org/2000/svg";

const STYLE = `
.classroom-wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.6rem, 1fr)); gap: 8px; margin: 0; padding: 2px; list-style: none; }
.classroom-wall li { margin: 0; padding: 0; }
.classroom-wall .tile { --state: #5a6272; position: relative; display: grid; grid-template-rows: auto auto 1fr auto; width: 100%; height: 6.5rem;
  padding: 6px 9px 6px 12px; border-radius: 8px; border: 1px solid color-mix(in srgb, var(--st-text-color) 18%, transparent);
  background: var(--st-background-color); color: var(--st-text-color); font: inherit; font-size: 0.8rem; text-align: left; overflow: hidden; }
.classroom-wall .tile::before { content: ""; position: absolute; inset: 0 auto 0 0; width: 4px; background: var(--state); }
.classroom-wall button.tile { cursor: pointer; }
.classroom-wall button.tile:hover { background: var(--st-secondary-background-color); }
.classroom-wall button.tile:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.classroom-wall [data-look="moving"] { --state: #2f6fde; }
.classroom-wall [data-look="good"] { --state: #1a8a5a; }
.classroom-wall [data-look="trouble"] { --state: #c4381c; background: color-mix(in srgb, #c4381c 9%, var(--st-background-color)); }
.classroom-wall .line { display: flex; justify-content: space-between; gap: 6px; white-space: nowrap; min-width: 0; }
.classroom-wall .name { font-weight: 600; font-size: 0.86rem; overflow: hidden; text-overflow: ellipsis; }
.classroom-wall .doing, .classroom-wall .detail { overflow: hidden; text-overflow: ellipsis; opacity: 0.85; }
.classroom-wall .hand { flex: none; padding: 0 6px; border-radius: 9px; background: #ffd24a; color: #3a2c00; font-size: 0.72rem; }
.classroom-wall .hand:empty { display: none; }
.classroom-wall .value { font-weight: 600; font-variant-numeric: tabular-nums; }
.classroom-wall svg { width: 100%; height: 100%; min-height: 0; display: block; }
.classroom-wall .curve { fill: none; stroke: var(--state); stroke-width: 2; vector-effect: non-scaling-stroke; }
.classroom-wall .done { fill: var(--state); opacity: 0.16; }
.classroom-wall.large { grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr)); gap: 10px; }
.classroom-wall.large .tile { height: 8.2rem; font-size: 1rem; }
.classroom-wall.large .name { font-size: 1.1rem; }
@media (max-width: 480px) { .classroom-wall:not(.large) { grid-template-columns: 1fr 1fr; } }
`;

export default function ({ data, parentElement, setTriggerValue }) {
  let wall = walls.get(parentElement);
  if (!wall) {
    const box = document.createElement("div");
    const style = document.createElement("style");
    style.textContent = STYLE;
    wall = { list: document.createElement("ul"), tiles: new Map() };
    box.append(style, wall.list);
    parentElement.append(box);
    walls.set(parentElement, wall);
  }
  wall.open = (key) => setTriggerValue("open", key);
  draw(wall, data);
  return () => setTimeout(() => parentElement.isConnected || walls.delete(parentElement));
}

// Tiles of pupils who stay are kept, so that the keyboard stays where it is.
export function draw(wall, { tiles, label, large }) {
  wall.list.className = large ? "classroom-wall large" : "classroom-wall";
  wall.list.setAttribute("aria-label", label);
  const here = new Set(tiles.map((tile) => tile.key));
  for (const [key, item] of wall.tiles) {
    if (here.has(key) && item.large === large) continue;
    item.element.remove();
    wall.tiles.delete(key);
  }
  tiles.forEach((tile, place) => {
    if (!wall.tiles.has(tile.key)) wall.tiles.set(tile.key, made(wall, tile.key, large));
    const item = wall.tiles.get(tile.key);
    fill(item, tile);
    if (wall.list.children[place] !== item.element)
      wall.list.insertBefore(item.element, wall.list.children[place] ?? null);
  });
}

function made(wall, key, large) {
  const element = document.createElement("li");
  const tile = document.createElement(large ? "div" : "button");
  tile.className = "tile";
  if (!large) {
    tile.type = "button";
    tile.addEventListener("click", () => wall.open(key));
  }
  const parts = {};
  const line = (...names) => {
    const row = document.createElement("span");
    row.className = "line";
    for (const name of names) {
      parts[name] = document.createElement("span");
      parts[name].className = name;
      row.append(parts[name]);
    }
    return row;
  };
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, kind] of [
    ["done", "rect"],
    ["curve", "polyline"],
  ]) {
    parts[name] = document.createElementNS(SVG, kind);
    parts[name].setAttribute("class", name);
    svg.append(parts[name]);
  }
  tile.append(line("name", "hand"), line("doing"), svg, line("value", "detail"));
  element.append(tile);
  return { element, tile, parts, large };
}

function fill({ tile, parts }, { name, doing, look, value, detail, hand, curve, fraction }) {
  tile.dataset.look = look;
  const texts = { name, doing, value, detail, hand };
  for (const [part, text] of Object.entries(texts))
    if (parts[part].textContent !== text) parts[part].textContent = text;
  tile.title = `${name}: ${doing}`;
  parts.curve.setAttribute("points", points(curve));
  parts.done.setAttribute("height", String(HEIGHT));
  parts.done.setAttribute("width", String(WIDTH * Math.max(0, Math.min(1, fraction ?? 0))));
}

// Accuracies from 0 to 1, from left to right over the whole width; a single one is a short line.
export function points(curve) {
  const values = curve.length === 1 ? [curve[0], curve[0]] : curve;
  const step = WIDTH / Math.max(1, values.length - 1);
  return values.map((value, place) => `${round(place * step)},${round(HEIGHT - 1 - value * (HEIGHT - 2))}`).join(" ");
}

function round(number) {
  return Math.round(number * 10) / 10;
}
