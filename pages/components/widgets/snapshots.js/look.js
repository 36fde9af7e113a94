// Colours, signs and texts that all views share.

export const RIGHT = "#2a9d6f";
export const WRONG = "#d1495b";
export const MINUS = [47, 111, 222]; // weights below zero: the blue and the orange of the curves
export const PLUS = [224, 118, 26];

// Ten colours that differ in lightness as well, and five shapes: a class is known without colour, too.
const COLOURS = [
  "#2f6fde",
  "#e0761a",
  "#2a9d6f",
  "#d1495b",
  "#8a5cd1",
  "#8c6d46",
  "#d669a8",
  "#7a8793",
  "#a5a01f",
  "#20a4b8",
];
const SHAPES = [
  (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI),
  (context, x, y, r) => context.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r),
  (context, x, y, r) => polygon(context, [x, y - 1.2 * r, x + 1.15 * r, y + 0.9 * r, x - 1.15 * r, y + 0.9 * r]),
  (context, x, y, r) => polygon(context, [x, y - 1.3 * r, x + 1.3 * r, y, x, y + 1.3 * r, x - 1.3 * r, y]),
  (context, x, y, r) => polygon(context, [x, y + 1.2 * r, x + 1.15 * r, y - 0.9 * r, x - 1.15 * r, y - 0.9 * r]),
];

function polygon(context, [x, y, ...others]) {
  context.moveTo(x, y);
  for (let at = 0; at < others.length; at += 2) context.lineTo(others[at], others[at + 1]);
  context.closePath();
}

export const colourOf = (one) => COLOURS[one % COLOURS.length];

export function dot(context, one, x, y, radius) {
  context.beginPath();
  SHAPES[(one + Math.floor(one / COLOURS.length)) % SHAPES.length](context, x, y, radius);
  context.fill();
}

export function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    text: value("text-color"),
    background: value("background-color"),
    panel: value("secondary-background-color"),
    line: value("border-color"),
    accent: value("primary-color"),
    font: value("font") || "sans-serif",
  };
}

export const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");

const measured = new Map(); // texts repeat at every tick

// A text cut off where there is no more room.
export function fitted(context, text, room) {
  const known = `${room}|${context.font}|${text}`;
  if (!measured.has(known)) {
    let letters = [...text];
    const fits = () =>
      context.measureText(letters.length < [...text].length ? `${letters.join("")}…` : text).width <= room;
    while (letters.length > 1 && !fits()) letters = letters.slice(0, -1);
    measured.set(known, letters.length < [...text].length ? `${letters.join("")}…` : text);
  }
  return measured.get(known);
}

// Pictures side by side on a canvas of their own. `pixel(picture, place)` gives red, green and blue of a place in it.
export function sprite(count, width, height, pixel) {
  const canvas = document.createElement("canvas");
  canvas.width = count * width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let picture = 0; picture < count; picture += 1) {
    for (let place = 0; place < width * height; place += 1) {
      const [red, green, blue] = pixel(picture, place);
      const at = Math.floor(place / width) * canvas.width + picture * width + (place % width);
      words[at] = 0xff000000 | (blue << 16) | (green << 8) | red;
    }
  }
  context.putImageData(image, 0, 0);
  return { canvas, width, height };
}

export function drawPicture(context, { canvas, width, height }, picture, x, y, w, h) {
  context.imageSmoothingEnabled = width >= 64;
  context.drawImage(canvas, picture * width, 0, width, height, x, y, w, h);
}

// The pictures of a scene as a sprite, made once.
export function picturesOf(scene) {
  if (!scene.sprite) {
    const { shape, data } = scene.pictures;
    const [count, channels, height, width] = shape;
    const size = width * height;
    const [green, blue] = channels === 3 ? [size, 2 * size] : [0, 0];
    scene.sprite = sprite(count, width, height, (picture, place) => {
      const at = picture * channels * size + place;
      return [data[at], data[at + green], data[at + blue]];
    });
  }
  return scene.sprite;
}
