// The weights of the first layer as pictures: blue below zero, orange above, one scale for the whole run.

import { drawPicture, MINUS, PLUS, sprite } from "./look.js";

const GAP = 6;

export function draw(context, area, film, snapshot, { theme }) {
  const { weights, weights_scale: scale } = snapshot;
  const [count, channels, height, width] = weights.shape;
  const factor = scale.data[0] / 127 / film.weightsScale;
  const pictures = sprite(count, width, height, pixels(weights.data, channels, width * height, factor, theme));
  const columns = Math.max(1, Math.round(Math.sqrt((count * area.width) / area.height)));
  const rows = Math.ceil(count / columns);
  const room = [(area.width - GAP * (columns - 1)) / columns, (area.height - GAP * (rows - 1)) / rows];
  const size = Math.floor(Math.min(...room, 120));
  for (let unit = 0; unit < count; unit += 1) {
    const [x, y] = [(unit % columns) * (size + GAP), Math.floor(unit / columns) * (size + GAP)];
    drawPicture(context, pictures, unit, x, y, size, (size * height) / width);
    context.strokeStyle = theme.line;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, size - 1, (size * height) / width - 1);
  }
}

// Kernels on colour images are shown in their colours, grey where they are zero.
function pixels(data, channels, size, factor, theme) {
  if (channels === 3) {
    const shade = (value) => Math.round(127.5 + 127.5 * value * factor);
    return (unit, place) => [0, 1, 2].map((channel) => shade(data[(3 * unit + channel) * size + place]));
  }
  const zero = rgb(theme.background);
  const table = Array.from({ length: 255 }, (_, index) => mixed(zero, (index - 127) * factor));
  return (unit, place) => table[data[unit * size + place] + 127];
}

export function mixed(zero, value) {
  // The root makes small weights visible.
  const strength = Math.sqrt(Math.min(1, Math.abs(value)));
  const end = value < 0 ? MINUS : PLUS;
  return zero.map((part, index) => Math.round(part + strength * (end[index] - part)));
}

export function rgb(colour) {
  const hex = /^#(..)(..)(..)/.exec(colour);
  if (hex) return hex.slice(1).map((part) => Number.parseInt(part, 16));
  return (colour.match(/\d+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
}
