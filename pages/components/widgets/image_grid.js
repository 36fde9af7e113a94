// The browser's half of image_grid.py: many small pictures on one canvas.
//
// A message is one array of bytes: the length of a header (4 bytes, little end first), the header as JSON, and the pixels
// of all tiles, one tile after the other. Two canvases lie on each other: the pictures, drawn when they or the room change,
// and what is pointed at or marked, which changes all the time and is drawn quickly.

const grids = new WeakMap(); // the element Streamlit gives us -> Grid
const GAP = 8; // CSS pixels between tiles
const LINE = 18; // for a caption
const HEIGHT = 520; // CSS pixels that a grid should take, where the tiles can be as small or large
const [SMALLEST, LARGEST] = [46, 224]; // CSS pixels of a tile

export default function ({ data, parentElement, setStateValue }) {
  const grid = grids.get(parentElement) ?? new Grid(parentElement);
  grids.set(parentElement, grid);
  grid.tell = (marked) => setStateValue("marked", marked);
  grid.receive(data);
  return () => setTimeout(() => parentElement.isConnected || grid.remove());
}

function element(name, style, attributes = {}) {
  const made = document.createElement(name);
  Object.assign(made.style, style);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// Where everything goes in so many CSS pixels.
export function layoutFor(width, header) {
  const { count, tile: wanted, lines } = header;
  const fitting = Math.sqrt((width * HEIGHT) / count) - (GAP + LINE) / 2 - GAP;
  const ideal = wanted ?? Math.max(SMALLEST, Math.min(LARGEST, fitting));
  const columns = Math.max(1, Math.min(count, Math.floor((width + GAP) / (ideal + GAP))));
  const room = Math.floor((width - GAP * (columns - 1)) / columns);
  const size = Math.floor(Math.min(room, ideal * 1.25));
  const tall = Math.round((size * header.height) / header.width);
  const rows = Math.ceil(count / columns);
  return { width, columns, size, tall, step: tall + LINE * lines + GAP, height: rows * (tall + LINE * lines + GAP) };
}

class Grid {
  constructor(parent) {
    this.parent = parent;
    this.box = element("div", { position: "relative", width: "100%" });
    this.box.className = "classroom-image-grid";
    this.base = element("canvas", { display: "block", width: "100%" }, { "aria-hidden": "true" });
    this.over = element("canvas", {
      position: "absolute",
      left: "0",
      top: "0",
      width: "100%",
      touchAction: "pan-y",
      outline: "none",
    });
    this.over.tabIndex = 0;
    this.over.setAttribute("role", "application");
    this.tip = element(
      "div",
      {
        position: "absolute",
        pointerEvents: "none",
        padding: "4px 8px",
        borderRadius: "6px",
        fontSize: "13px",
        lineHeight: "1.35",
        maxWidth: "260px",
        overflowWrap: "anywhere",
        zIndex: "5",
        visibility: "hidden",
        boxShadow: "0 1px 6px rgba(0, 0, 0, 0.25)",
      },
      { role: "status", "aria-live": "polite" },
    );
    this.box.append(this.base, this.over, this.tip);
    parent.append(this.box);
    this.marked = new Set();
    this.at = null; // the tile that is pointed at
    this.listen();
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.box);
  }

  listen() {
    const { over } = this;
    over.addEventListener("pointermove", (event) => this.point(this.hit(event)));
    over.addEventListener("pointerleave", () => document.activeElement === over || this.point(null));
    over.addEventListener("click", (event) => {
      const tile = this.hit(event);
      this.point(tile);
      if (tile !== null) this.mark(tile);
    });
    over.addEventListener("focus", () => this.at === null && over.matches(":focus-visible") && this.point(0));
    over.addEventListener("blur", () => this.point(null));
    over.addEventListener("keydown", (event) => this.key(event));
  }

  receive(bytes) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    if (header.name !== this.header?.name) {
      this.header = header;
      this.sprite = spriteOf(header, bytes.subarray(4 + length));
      this.marked.clear();
      this.at = null;
      this.over.setAttribute("aria-label", header.label);
    }
    this.drawn = null; // the theme may be another
    this.draw();
  }

  layout() {
    return layoutFor(this.box.clientWidth, this.header);
  }

  draw() {
    if (!this.header || !this.box.clientWidth) return;
    const layout = this.layout();
    const dpr = window.devicePixelRatio || 1;
    const drawn = JSON.stringify([layout, dpr, this.header.name]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.place = layout;
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(layout.width * dpr);
      canvas.height = Math.round(layout.height * dpr);
      canvas.style.height = `${layout.height}px`;
    }
    const context = this.base.getContext("2d");
    context.scale(dpr, dpr);
    this.colours = coloursOf(this.parent);
    const { width, height, count } = this.header;
    // Few pixels are shown as the squares they are; many are smoothed.
    context.imageSmoothingEnabled = layout.size * dpr < width || width >= 64;
    context.imageSmoothingQuality = "high";
    context.font = `12px ${this.colours.font}`;
    context.textBaseline = "top";
    context.fillStyle = this.colours.text;
    for (let tile = 0; tile < count; tile += 1) {
      const [x, y] = this.corner(tile);
      const [column, row] = [tile % this.sprite.columns, Math.floor(tile / this.sprite.columns)];
      context.drawImage(
        this.sprite.canvas,
        column * width,
        row * height,
        width,
        height,
        x,
        y,
        layout.size,
        layout.tall,
      );
      wrapped(context, this.caption(tile), layout.size, this.header.lines).forEach((line, index) => {
        context.fillText(line, x, y + layout.tall + 3 + 15 * index);
      });
    }
    Object.assign(this.tip.style, {
      background: this.colours.panel,
      color: this.colours.text,
      fontFamily: this.colours.font,
    });
    this.box.dataset.images = count; // for tests
    this.box.dataset.name = this.header.name;
    this.overlay();
  }

  caption(tile) {
    return this.header.names[this.header.captions[tile]];
  }

  corner(tile) {
    const { columns, size, step } = this.place;
    return [(tile % columns) * (size + GAP), Math.floor(tile / columns) * step];
  }

  hit(event) {
    if (!this.place) return null;
    const { left, top } = this.over.getBoundingClientRect();
    const { columns, size, step } = this.place;
    const [column, row] = [Math.floor((event.clientX - left) / (size + GAP)), Math.floor((event.clientY - top) / step)];
    const tile = row * columns + column;
    return column >= 0 && column < columns && row >= 0 && tile < this.header.count ? tile : null;
  }

  point(tile) {
    if (tile === this.at) return;
    this.at = tile;
    this.overlay();
  }

  mark(tile) {
    if (!this.header.selectable) return;
    this.marked.has(tile) ? this.marked.delete(tile) : this.marked.add(tile);
    this.overlay();
    this.tell({ of: this.header.name, tiles: [...this.marked] });
  }

  key(event) {
    const { columns } = this.place;
    const count = this.header.count;
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -count, End: count };
    if (event.key in moves) {
      const to = (this.at ?? 0) + (this.at === null ? 0 : moves[event.key]);
      const jump = event.key === "Home" || event.key === "End";
      if (jump || (to >= 0 && to < count)) this.point(Math.max(0, Math.min(count - 1, to)));
      this.show();
    } else if (event.key === "Enter" || event.key === " ") {
      if (this.at !== null) this.mark(this.at);
    } else if (event.key === "Escape") {
      this.point(null);
    } else {
      return;
    }
    event.preventDefault();
  }

  // Scroll the page so far that the tile under the keys can be seen.
  show() {
    if (this.at === null) return;
    const [, y] = this.corner(this.at);
    const probe = element("div", { position: "absolute", top: `${y}px`, height: `${this.place.step}px`, width: "1px" });
    this.box.append(probe);
    probe.scrollIntoView({ block: "nearest" });
    probe.remove();
  }

  overlay() {
    if (!this.place) return;
    const context = this.over.getContext("2d");
    const dpr = window.devicePixelRatio || 1;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.clearRect(0, 0, this.place.width, this.place.height);
    for (const tile of this.marked) this.drawMark(context, tile);
    if (this.at !== null) this.outline(context, this.at, this.colours.text, 2);
    this.tellTip();
  }

  outline(context, tile, colour, thick) {
    const [x, y] = this.corner(tile);
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(x + thick / 2, y + thick / 2, this.place.size - thick, this.place.tall - thick);
  }

  // A frame and a tick: not by colour alone.
  drawMark(context, tile) {
    const [x, y] = this.corner(tile);
    this.outline(context, tile, this.colours.accent, 4);
    context.fillStyle = this.colours.accent;
    context.fillRect(x, y, 20, 20);
    context.strokeStyle = "#ffffff";
    context.lineWidth = 2.5;
    context.beginPath();
    context.moveTo(x + 5, y + 10);
    context.lineTo(x + 9, y + 14);
    context.lineTo(x + 15, y + 6);
    context.stroke();
  }

  tellTip() {
    const { tip } = this;
    if (this.at === null) {
      tip.style.visibility = "hidden";
      return;
    }
    const marked = this.marked.has(this.at) ? ` · ${this.header.marked}` : "";
    tip.textContent = this.header.details[this.at] + marked;
    tip.style.visibility = "visible";
    const [x, y] = this.corner(this.at);
    const left = Math.max(0, Math.min(x, this.place.width - tip.offsetWidth));
    const above = y - tip.offsetHeight - 4;
    tip.style.left = `${left}px`;
    tip.style.top = `${above >= 0 ? above : y + this.place.tall + 2}px`;
  }

  remove() {
    this.resizing.disconnect();
    grids.delete(this.parent);
    this.box.remove();
  }
}

// All tiles side by side on a canvas of their own, about as wide as tall: browsers refuse very long ones.
function spriteOf({ count, width, height, channels }, pixels) {
  const columns = Math.max(1, Math.ceil(Math.sqrt(count)));
  const canvas = document.createElement("canvas");
  canvas.width = columns * width;
  canvas.height = Math.max(1, Math.ceil(count / columns)) * height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const words = new Uint32Array(image.data.buffer);
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  let from = 0;
  for (let tile = 0; tile < count; tile += 1) {
    for (let y = 0; y < height; y += 1) {
      let to = (Math.floor(tile / columns) * height + y) * canvas.width + (tile % columns) * width;
      for (let x = 0; x < width; x += 1, from += channels) {
        words[to++] = 0xff000000 | (pixels[from + blue] << 16) | (pixels[from + green] << 8) | pixels[from];
      }
    }
  }
  context.putImageData(image, 0, 0);
  return { canvas, columns };
}

function coloursOf(parent) {
  const style = getComputedStyle(parent);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    text: value("text-color"),
    panel: value("secondary-background-color"),
    accent: value("primary-color"),
    font: value("font") || "sans-serif",
  };
}

const measured = new Map(); // captions repeat: a class has many images

// A caption in at most so many lines, the end left off where there is more.
function wrapped(context, text, room, lines) {
  const known = JSON.stringify([room, lines, context.font, text]);
  if (!measured.has(known)) {
    const made = [];
    let rest = text;
    while (rest && made.length < lines - 1 && context.measureText(rest).width > room) {
      const words = rest.split(" ");
      let line = words.shift();
      while (words.length && context.measureText(`${line} ${words[0]}`).width <= room) line += ` ${words.shift()}`;
      made.push(shortened(context, line, room));
      rest = words.join(" ");
    }
    if (rest) made.push(shortened(context, rest, room));
    measured.set(known, made);
  }
  return measured.get(known);
}

function shortened(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let letters = [...text];
  while (letters.length && context.measureText(`${letters.join("")}…`).width > room) letters = letters.slice(0, -1);
  return `${letters.join("")}…`;
}
