// The board: which order its lines have before and after the reveal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "../../pages/components/widgets/standings.js";

const rows = [
  { key: "Ben", before: { place: 2 }, after: { place: 1 } },
  { key: "Anna", before: { place: 1 }, after: { place: 2 } },
  { key: "Cara", before: { place: 1 }, after: { place: 2 } },
];
const keys = (score) => inOrder(rows, score).map((row) => row.key);

test("the old order is by the public places, the new one by the private ones", () => {
  assert.deepEqual(
    keys((row) => row.before),
    ["Anna", "Cara", "Ben"],
  );
  assert.deepEqual(
    keys((row) => row.after),
    ["Ben", "Anna", "Cara"],
  );
});

test("the rows themselves stay as they came", () => {
  inOrder(rows, (row) => row.before);
  assert.equal(rows[0].key, "Ben");
});
