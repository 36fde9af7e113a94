// The curve of a tile: where its points lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { points } from "../../pages/components/widgets/wall.js";

test("the best accuracy is at the top and the worst at the bottom", () => {
  assert.equal(points([0, 1]), "0,23 100,1");
});

test("one epoch is a line, none is nothing", () => {
  assert.equal(points([0.5]), "0,12 100,12");
  assert.equal(points([]), "");
});

test("points are spread over the whole width", () => {
  assert.equal(points([0, 0, 0]), "0,23 50,23 100,23");
});
