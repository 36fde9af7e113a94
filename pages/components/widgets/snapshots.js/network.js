// The network from left to right: units as dots, filled by how active they are, the weights between them as lines.

import { drawPicture, fitted, MINUS, PLUS, picturesOf, sprite } from "./look.js";

const TITLE = 38;
const colour = ([red, green, blue], strength) => `rgba(${red}, ${green}, ${blue}, ${strength})`;

export function draw(context, area, film, snapshot, { theme }) {
  const columns = film.scene.columns;
  const wide = area.width / (columns.length + 1);
  const middle = (column) => (column + 1.5) * wide;
  context.textBaseline = "alphabetic";
  const units = columns.map((_, number) => snapshot[`units_${number}`]?.data);
  const ys = units.map((values) => values && spread(values.length, area.height));
  drawInput(
    context,
    area,
    film,
    wide,
    theme,
    ys[0]?.map((y) => [middle(0), y]),
  );
  columns.forEach((_, number) => {
    const edges = snapshot[`edges_${number}`];
    if (edges) drawEdges(context, edges, [middle(number - 1), ys[number - 1]], [middle(number), ys[number]]);
  });
  columns.forEach(({ title, shape }, number) => {
    context.fillStyle = theme.text;
    context.textAlign = "center";
    context.font = `12px ${theme.font}`;
    const [kind, size] = title.split(" ");
    context.fillText(fitted(context, kind, wide - 6), middle(number), 13);
    context.fillText(fitted(context, shape.length === 3 ? shape.join("×") : size, wide - 6), middle(number), 29);
    if (units[number]) {
      const names = number === columns.length - 1 ? film.scene.classes : null;
      drawUnits(context, units[number], middle(number), ys[number], theme, names && { names, room: wide / 2 - 12 });
    } else drawMaps(context, area, snapshot[`maps_${number}`], middle(number), wide, theme);
  });
  context.textAlign = "left";
}

function spread(count, height) {
  const gap = Math.min(44, (height - TITLE) / count);
  const top = TITLE + (height - TITLE - gap * count) / 2;
  return Array.from({ length: count }, (_, place) => top + gap * (place + 0.5));
}

function drawInput(context, area, film, wide, theme, ends) {
  const size = Math.min(wide - 12, 72);
  const [x, y] = [wide / 2 - size / 2, TITLE + (area.height - TITLE - size) / 2];
  context.strokeStyle = theme.text;
  context.globalAlpha = 0.15;
  context.lineWidth = 1;
  context.beginPath();
  for (const [toX, toY] of ends ?? []) {
    context.moveTo(x + size, y + size / 2);
    context.lineTo(toX, toY);
  }
  context.stroke();
  context.globalAlpha = 1;
  const pictures = picturesOf(film.scene);
  // Maps are those of the first image. What units show is a mean over many, so that four stand for them.
  if (!ends) return drawPicture(context, pictures, 0, x, y, size, size);
  const count = film.scene.labels.data.length;
  const half = size / 2;
  for (let place = 0; place < 4; place += 1) {
    const image = Math.floor(((place + 0.5) * count) / 4);
    const [left, top] = [x + (place % 2) * half, y + Math.floor(place / 2) * half];
    drawPicture(context, pictures, image, left, top, half - 1, half - 1);
  }
}

function drawEdges(context, { shape, data }, [fromX, fromYs], [toX, toYs]) {
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  for (let to = 0; to < shape[0]; to += 1) {
    for (let from = 0; from < shape[1]; from += 1) {
      const value = data[to * shape[1] + from] / largest;
      const strength = Math.abs(value);
      if (!(strength > 0.04)) continue;
      context.strokeStyle = colour(value < 0 ? MINUS : PLUS, 0.15 + 0.75 * strength);
      context.lineWidth = 0.5 + 2.5 * strength;
      context.setLineDash(value < 0 ? [4, 3] : []); // the sign not by colour alone
      context.beginPath();
      context.moveTo(fromX, fromYs[from]);
      context.lineTo(toX, toYs[to]);
      context.stroke();
    }
  }
  context.setLineDash([]);
}

function drawUnits(context, values, x, ys, theme, labels) {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const radius = Math.min(9, (ys.length > 1 ? ys[1] - ys[0] : 18) / 2 - 1.5);
  ys.forEach((y, unit) => {
    const value = values[unit] / largest;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = theme.background;
    context.fill();
    context.fillStyle = colour(value < 0 ? MINUS : PLUS, Math.abs(value) || 0);
    context.fill();
    context.strokeStyle = theme.text;
    context.lineWidth = 1;
    context.stroke();
  });
  if (!labels || labels.names.length !== ys.length) return;
  context.fillStyle = theme.text;
  context.textAlign = "left";
  labels.names.forEach((name, unit) => {
    context.fillText(fitted(context, name, labels.room), x + radius + 4, ys[unit] + 4);
  });
}

function drawMaps(context, area, maps, x, wide, theme) {
  if (!maps) return;
  const [count, height, width] = maps.shape;
  const size = width * height;
  const pictures = sprite(count, width, height, (map, place) => {
    const shade = maps.data[map * size + place];
    return [shade, shade, shade];
  });
  const side = Math.min(wide - 12, (area.height - TITLE) / count - 5, 60);
  const top = TITLE + (area.height - TITLE - count * (side + 5)) / 2;
  for (let map = 0; map < count; map += 1) {
    const y = top + map * (side + 5);
    drawPicture(context, pictures, map, x - side / 2, y, side, side);
    context.strokeStyle = theme.line;
    context.strokeRect(x - side / 2, y, side, side);
  }
}
