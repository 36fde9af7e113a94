import assert from "node:assert/strict";
import test from "node:test";

import { contour, decades, place, ticks } from "../../pages/components/widgets/film.js";

test("ticks are round numbers within the range", () => {
  assert.deepEqual(
    ticks([0, 10], 5).map(([, label]) => label),
    ["0", "2", "4", "6", "8", "10"],
  );
  assert.deepEqual(
    ticks([-0.13, 0.32], 4).map(([, label]) => label),
    ["0", "0.2"],
  );
});

test("a tick at the end of the range isn't lost to rounding", () => {
  assert.deepEqual(
    ticks([0, 0.3], 3).map(([, label]) => label),
    ["0", "0.1", "0.2", "0.3"],
  );
});

test("decades of a logarithmic axis are whole powers of ten, seven at most", () => {
  assert.deepEqual(decades([-2.5, 0.2]), [
    [-2, "1e-2"],
    [-1, "1e-1"],
    [0, "1e0"],
  ]);
  assert.ok(decades([-30, 3]).length <= 7);
  assert.deepEqual(decades([2, 2]), [[2, "1e2"]]);
});

test("a contour line lies where the surface has its level", () => {
  const grid = {
    x: [0, 1],
    y: [0, 1],
    z: [
      [0, 2],
      [0, 2],
    ],
  }; // z rises along x alone
  const same = (value) => value;
  const points = [...contour(grid, 1, same, same).matchAll(/[ML]([^,]+),([^ML]+)/g)];
  assert.ok(points.length >= 4);
  for (const [, x] of points) assert.equal(x, "0.5");
  assert.equal(contour(grid, 5, same, same), "", "no line where the surface never is");
});

test("a map has equal units both ways", () => {
  const panel = { x: { range: [0, 4] }, y: { range: [0, 1] }, grid: {} };
  const box = place(panel, 464, 248); // 400 by 200 pixels inside the margins
  assert.equal((box.right - box.left) / 4, box.bottom - box.top);
  const graph = place({ ...panel, grid: undefined }, 464, 248);
  assert.deepEqual([graph.right - graph.left, graph.bottom - graph.top], [400, 200]);
});
