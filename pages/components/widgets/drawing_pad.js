// The browser's half of picture_input.drawing_pad: strokes on white paper, sent as a small PNG while they are drawn.

const pads = new WeakMap(); // the element Streamlit gives us -> Pad
const SIZE = 280; // canvas pixels in width and height
const SENT = 140; // of the picture that is sent: five times as many as networks here see
const EVERY = 150; // milliseconds between two pictures while a stroke is drawn
const [THIN, USUAL, THICK] = [8, 20, 36]; // pen widths in canvas pixels

const STYLE = `
.classroom-pad { width: 100%; max-width: 340px; }
.classroom-pad canvas { width: 100%; aspect-ratio: 1; display: block; background: #ffffff; border: 1px solid var(--st-border-color);
  border-radius: 8px; touch-action: none; cursor: crosshair; }
.classroom-pad canvas:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.classroom-pad .tools { display: flex; gap: 8px; align-items: center; margin-top: 10px; flex-wrap: wrap; }
.classroom-pad button { font: inherit; font-size: 0.875rem; min-height: 2.25rem; padding: 0 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--st-border-color); background: transparent; color: var(--st-text-color); }
.classroom-pad button:hover:not(:disabled) { border-color: var(--st-primary-color); }
.classroom-pad button:disabled { opacity: 0.45; cursor: default; }
.classroom-pad label { display: flex; gap: 8px; align-items: center; font-size: 0.875rem; margin-left: auto; }
.classroom-pad input { width: 84px; accent-color: var(--st-primary-color); }
`;

export default function ({ data, parentElement, setStateValue }) {
  const pad = pads.get(parentElement) ?? new Pad(parentElement, data);
  pads.set(parentElement, pad);
  pad.tell = (picture) => setStateValue("picture", picture);
  return () => setTimeout(() => parentElement.isConnected || pads.delete(parentElement));
}

function made(name, attributes = {}, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

class Pad {
  constructor(parent, texts) {
    this.strokes = []; // each { width, points: [[x, y], …] }
    this.sent = 0;
    this.canvas = made("canvas", { width: SIZE, height: SIZE, role: "img", "aria-label": texts.pad });
    this.undo = made("button", { type: "button" }, texts.undo);
    this.clear = made("button", { type: "button" }, texts.clear);
    this.pen = made("input", { type: "range", min: THIN, max: THICK, value: USUAL });
    const label = made("label", {}, texts.pen);
    label.append(this.pen);
    const tools = made("div", { class: "tools" });
    tools.append(this.undo, this.clear, label);
    const box = made("div", { class: "classroom-pad" });
    box.append(made("style", {}, STYLE), this.canvas, tools);
    parent.append(box);
    this.listen();
    this.draw();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.strokes.push({ width: Number(this.pen.value), points: [this.place(event)], pointer: event.pointerId });
      this.changed();
    });
    canvas.addEventListener("pointermove", (event) => {
      const stroke = this.strokes.at(-1);
      if (stroke?.pointer !== event.pointerId) return;
      // A fast pointer makes several moves between two frames.
      for (const move of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(this.place(move));
      this.changed();
    });
    const end = (event) => {
      const stroke = this.strokes.at(-1);
      if (stroke?.pointer !== event.pointerId) return;
      stroke.pointer = null;
      this.changed(true);
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    this.undo.addEventListener("click", () => this.change(() => this.strokes.pop()));
    this.clear.addEventListener("click", () => this.change(() => (this.strokes = [])));
  }

  place(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((event.clientX - left) * SIZE) / width, ((event.clientY - top) * SIZE) / height];
  }

  change(action) {
    action();
    this.changed(true);
  }

  changed(last = false) {
    this.draw();
    if (!last && performance.now() - this.sent < EVERY) return;
    this.sent = performance.now();
    this.tell(this.strokes.length ? this.picture() : null);
  }

  draw() {
    const context = this.canvas.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, SIZE, SIZE);
    context.strokeStyle = "#1c2430";
    context.lineCap = context.lineJoin = "round";
    for (const { width, points } of this.strokes) {
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...points[0]);
      for (const point of points) context.lineTo(...point); // a single point makes a dot
      context.stroke();
    }
    this.undo.disabled = this.clear.disabled = !this.strokes.length;
  }

  picture() {
    const small = made("canvas", { width: SENT, height: SENT });
    small.getContext("2d").drawImage(this.canvas, 0, 0, SENT, SENT);
    return small.toDataURL("image/png");
  }
}
