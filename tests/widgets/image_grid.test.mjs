import assert from "node:assert/strict";
import test from "node:test";

import { layoutFor } from "../../pages/components/widgets/image_grid.js";

const header = { count: 64, lines: 1, width: 28, height: 28 };

test("all tiles fit into the width, on a phone and on a desk", () => {
  for (const width of [320, 358, 700, 1100]) {
    const { columns, size } = layoutFor(width, header);
    assert.ok(columns * size + (columns - 1) * 8 <= width);
    assert.ok(size >= 40);
  }
});

test("one image is not blown up over the whole page", () => {
  const { columns, size } = layoutFor(1100, { ...header, count: 1 });
  assert.equal(columns, 1);
  assert.ok(size <= 224 * 1.25);
});

test("a grid is as high as its rows", () => {
  const { columns, height, step } = layoutFor(700, { ...header, count: 10, tile: 100 });
  assert.equal(height, Math.ceil(10 / columns) * step);
});

test("wide images keep their shape", () => {
  const { size, tall } = layoutFor(700, { ...header, width: 56, height: 28 });
  assert.equal(tall, Math.round(size / 2));
});
