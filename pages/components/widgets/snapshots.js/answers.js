// The images that the network never learned from, and what it takes them for.

import { drawPicture, fitted, percent, picturesOf, RIGHT, WRONG } from "./look.js";

const GAP = 8;
const CAPTION = 17;
const SHARE = 26; // pixels for a share in percent
const LARGEST = 96; // pixels of an image

// As many columns as make the images largest.
export function layoutFor(width, height, count) {
  const sizes = Array.from({ length: count }, (_, index) => index + 1).map((columns) => {
    const rows = Math.ceil(count / columns);
    const size = Math.min(
      (width - GAP * (columns - 1)) / columns,
      (height - GAP * (rows - 1)) / rows - CAPTION,
      LARGEST,
    );
    return { columns, size: Math.floor(size) };
  });
  return sizes.reduce((best, one) => (one.size > best.size ? one : best));
}

export function draw(context, area, film, snapshot, { theme, words, pointed, opened }) {
  if (opened !== null) return drawOne(context, area, film, snapshot, theme, words, opened);
  const count = film.scene.labels.data.length;
  const { columns, size } = layoutFor(area.width, area.height, count);
  const sprite = picturesOf(film.scene);
  context.font = `12px ${theme.font}`;
  context.textBaseline = "alphabetic";
  const both = film.scene.classes.every((name) => context.measureText(name).width <= size - SHARE);
  for (let image = 0; image < count; image += 1) {
    const [x, y] = cornerOf(image, columns, size);
    const answer = film.answer(snapshot, image);
    const colour = answer.right ? RIGHT : WRONG;
    drawPicture(context, sprite, image, x, y, size, size);
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, size - 2, size - 2);
    if (image === pointed) {
      context.strokeStyle = theme.text;
      context.strokeRect(x - 2, y - 2, size + 4, size + 4);
    }
    badge(context, x + size - 15, y, answer.right);
    context.fillStyle = theme.line;
    context.fillRect(x, y + size, size, 3);
    context.fillStyle = colour;
    context.fillRect(x, y + size, size * (answer.share || 0), 3);
    drawCaption(context, film.scene.classes[answer.best], answer.share, [x, y + size + CAPTION - 1], size, both, theme);
  }
}

// The class, and how sure the network is of it, where all classes leave room for that: the bar tells it, too.
function drawCaption(context, name, share, [x, y], size, both, theme) {
  context.fillStyle = theme.text;
  if (both) {
    context.globalAlpha = 0.65;
    context.textAlign = "right";
    context.fillText(Number.isFinite(share) ? String(Math.round(100 * share)) : "–", x + size, y);
    context.globalAlpha = 1;
    context.textAlign = "left";
  }
  context.font = `600 12px ${theme.font}`;
  context.fillText(fitted(context, name, both ? size - SHARE : size + GAP - 2), x, y);
  context.font = `12px ${theme.font}`;
}

// A tick or a cross: right and wrong not by colour alone.
function badge(context, x, y, right) {
  context.fillStyle = right ? RIGHT : WRONG;
  context.fillRect(x, y, 15, 15);
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2;
  context.beginPath();
  const lines = right
    ? [
        [3.5, 8, 6.5, 11],
        [6.5, 11, 11.5, 4.5],
      ]
    : [
        [4, 4, 11, 11],
        [11, 4, 4, 11],
      ];
  for (const [fromX, fromY, toX, toY] of lines) {
    context.moveTo(x + fromX, y + fromY);
    context.lineTo(x + toX, y + toY);
  }
  context.stroke();
}

// One image: a row for each class, its probability over time, and its bar now.
function drawOne(context, area, film, snapshot, theme, words, image) {
  const { label, best, shares } = film.answer(snapshot, image);
  const rows = likely(film, image);
  const side = Math.min(96, area.width * 0.24);
  drawPicture(context, picturesOf(film.scene), image, 0, 0, side, side);
  context.textBaseline = "middle";
  context.font = `600 13px ${theme.font}`;
  context.fillStyle = best === label ? RIGHT : WRONG;
  const verdict = `${best === label ? "✓" : "✗"} ${film.scene.classes[best]}`;
  context.fillText(fitted(context, verdict, side), 0, side + 16);
  context.font = `12px ${theme.font}`;
  context.fillStyle = theme.text;
  if (best !== label)
    context.fillText(
      fitted(
        context,
        words.it_is.replace("{label}", () => film.scene.classes[label]),
        side,
      ),
      0,
      side + 34,
    );
  const left = side + 14;
  const names = Math.min(90, Math.max(...rows.map((one) => context.measureText(film.scene.classes[one]).width)) + 8);
  const strip = { x: left + names, width: Math.max(20, area.width - left - names - 44) };
  const tall = Math.min(34, area.height / rows.length);
  const now = film.steps.indexOf(snapshot.step);
  const wide = strip.width / film.steps.length;
  rows.forEach((one, row) => {
    const y = row * tall;
    context.font = `${one === label ? 600 : 400} 12px ${theme.font}`;
    context.fillStyle = theme.text;
    context.globalAlpha = 1;
    context.fillText(fitted(context, film.scene.classes[one], names - 6), left, y + tall / 2);
    context.fillText(percent(shares[one]), strip.x + strip.width + 6, y + tall / 2);
    context.fillStyle = theme.panel;
    context.fillRect(strip.x, y + 3, strip.width, tall - 6);
    context.fillStyle = one === label ? RIGHT : WRONG;
    film.steps.forEach((step, place) => {
      const share = film.answer(film.snapshots.get(step), image).shares[one] || 0;
      const high = share * (tall - 6);
      context.globalAlpha = place === now ? 1 : 0.5;
      context.fillRect(strip.x + place * wide, y + tall - 3 - high, Math.max(1, wide - 0.5), high);
    });
  });
  context.globalAlpha = 1;
  context.fillStyle = theme.text;
  context.fillRect(strip.x + (now + 0.5) * wide - 0.75, 0, 1.5, rows.length * tall);
}

// The ten classes that were ever most probable, in their own order.
function likely(film, image) {
  const classes = film.scene.classes.map((_, one) => one);
  if (classes.length <= 10) return classes;
  const top = classes.map((one) =>
    Math.max(...film.steps.map((step) => film.answer(film.snapshots.get(step), image).shares[one])),
  );
  const label = film.scene.labels.data[image];
  const order = classes.toSorted((a, b) => (b === label) - (a === label) || top[b] - top[a]);
  return order.slice(0, 10).toSorted((a, b) => a - b);
}

function cornerOf(image, columns, size) {
  return [(image % columns) * (size + GAP), Math.floor(image / columns) * (size + GAP + CAPTION)];
}

// The image at a place, null where there is none.
export function hit(x, y, area, film) {
  const count = film.scene.labels.data.length;
  const { columns, size } = layoutFor(area.width, area.height, count);
  const [column, row] = [Math.floor(x / (size + GAP)), Math.floor(y / (size + GAP + CAPTION))];
  const image = row * columns + column;
  return column >= 0 && column < columns && row >= 0 && image < count ? image : null;
}

export function columnsIn(area, film) {
  return layoutFor(area.width, area.height, film.scene.labels.data.length).columns;
}
