// What the last hidden layer makes of the images, as dots in a plane: they drift apart into classes.

import { colourOf, dot, fitted } from "./look.js";

const LEGEND_LINE = 20;

export function draw(context, area, film, snapshot, { theme, between }) {
  const legend = legendFor(context, area.width, film.scene.classes, theme);
  const height = area.height - legend.height;
  const places = between ? mixedPlaces(film, between) : film.placesAt(snapshot.step);
  const labels = film.scene.point_labels.data;
  const unit = (Math.min(area.width, height) / 2 - 6) / film.reach;
  const inside = (value, edge) => Math.max(5, Math.min(edge - 5, value));
  const radius = labels.length > 150 ? 3.2 : 5;
  context.globalAlpha = 0.8;
  for (let one = 0; one < film.scene.classes.length; one += 1) {
    context.fillStyle = colourOf(one);
    for (let point = 0; point < labels.length; point += 1) {
      if (labels[point] !== one) continue;
      const x = inside(area.width / 2 + unit * places[2 * point], area.width);
      const y = inside(height / 2 - unit * places[2 * point + 1], height);
      dot(context, one, x, y, radius);
    }
  }
  context.globalAlpha = 1;
  context.textBaseline = "middle";
  for (const { one, x, y, text } of legend.entries) {
    context.fillStyle = colourOf(one);
    dot(context, one, x + 5, height + y + 12, 4.5);
    context.fillStyle = theme.text;
    context.fillText(text, x + 14, height + y + 12);
  }
}

// On the way from one snapshot to the next.
function mixedPlaces(film, { from, to, share }) {
  const [start, end] = [film.placesAt(from), film.placesAt(to)];
  return start.map((value, at) => value + share * (end[at] - value));
}

// Where each class stands in the legend, in lines that fill the width. Of very many only the first find room.
export function legendFor(context, width, classes, theme) {
  context.font = `12px ${theme.font}`;
  const entries = [];
  let [x, y] = [0, 0];
  for (const [one, name] of classes.entries()) {
    const text = fitted(context, name, 120);
    const wide = 26 + context.measureText(text).width;
    if (x && x + wide > width) [x, y] = [0, y + LEGEND_LINE];
    if (y >= 4 * LEGEND_LINE) break;
    entries.push({ one, x, y, text });
    x += wide;
  }
  return { entries, height: y + LEGEND_LINE + 6 };
}
