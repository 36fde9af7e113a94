// The boundary between two classes of points in the plane: what the network would call each place.

import { legendFor } from "./features.js";
import { colourOf, dot } from "./look.js";
import { rgb } from "./weights.js";

export const REACH = 1.25; // the plane is drawn from -REACH to REACH, as in core/data/plane.py

export function draw(context, area, film, snapshot, { theme }) {
  const { places, point_labels: labels, classes } = film.scene;
  const legend = legendFor(context, area.width, classes, theme);
  const square = squareIn(area.width, area.height - legend.height);
  paint(context, square, snapshot.surface, theme);
  drawPoints(context, square, places.data, labels.data);
  context.textBaseline = "middle";
  for (const { one, x, y, text } of legend.entries) {
    context.fillStyle = colourOf(one);
    dot(context, one, x + 5, square.size + y + 12, 4.5);
    context.fillStyle = theme.text;
    context.fillText(text, x + 14, square.size + y + 12);
  }
}

export function squareIn(width, height) {
  const size = Math.min(width, height);
  return { left: (width - size) / 2, size };
}

// Where a place of the plane is drawn, and which place was pressed.
export const toScreen = ({ left, size }, x, y) => [
  left + ((x + REACH) / (2 * REACH)) * size,
  ((REACH - y) / (2 * REACH)) * size,
];
export const toPlane = ({ left, size }, x, y) => [
  ((x - left) / size) * 2 * REACH - REACH,
  REACH - (y / size) * 2 * REACH,
];

// How sure the network is everywhere: the paper where it isn't, a class's colour where it is. `surface` has 255 parts.
export function paint(context, { left, size }, { shape, data }, theme) {
  const [height, width] = shape;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const inside = canvas.getContext("2d");
  const image = inside.createImageData(width, height);
  const paper = rgb(theme.background);
  const colours = [rgb(colourOf(0)), rgb(colourOf(1))];
  for (let place = 0; place < width * height; place += 1) {
    const share = data[place] / 255;
    const strength = 0.2 + 0.45 * Math.abs(2 * share - 1);
    const colour = colours[share > 0.5 ? 1 : 0];
    for (let part = 0; part < 3; part += 1)
      image.data[4 * place + part] = paper[part] + strength * (colour[part] - paper[part]);
    image.data[4 * place + 3] = 255;
  }
  inside.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(canvas, left, 0, size, size);
}

// Points beyond the edge lie on it.
export function drawPoints(context, square, places, labels) {
  const radius = Math.max(1.7, square.size / 110);
  const inside = (value) => Math.max(-0.985 * REACH, Math.min(0.985 * REACH, value));
  context.strokeStyle = "#ffffff";
  context.lineWidth = 0.8;
  for (let point = 0; point < labels.length; point += 1) {
    const [x, y] = toScreen(square, inside(places[2 * point]), inside(places[2 * point + 1]));
    context.fillStyle = colourOf(labels[point]);
    dot(context, labels[point], x, y, radius);
    context.stroke();
  }
}
