import assert from "node:assert/strict";
import test from "node:test";

import { layoutFor } from "../../pages/components/widgets/snapshots.js/answers.js";
import { Film } from "../../pages/components/widgets/snapshots.js/film.js";
import { parse, unpack } from "../../pages/components/widgets/snapshots.js/format.js";
import { aligned, principal, project } from "../../pages/components/widgets/snapshots.js/plane.js";
import { mixed, rgb } from "../../pages/components/widgets/snapshots.js/weights.js";

// A file of safetensors: 8 bytes for the header's length, the header, the tensors' bytes.
function file(tensors, metadata = {}) {
  const described = { __metadata__: metadata };
  const parts = [];
  let at = 0;
  for (const [name, dtype, shape, data] of tensors) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    described[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  const header = new TextEncoder().encode(JSON.stringify(described));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return joined([length, header, ...parts]);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function message(films, files) {
  const header = new TextEncoder().encode(JSON.stringify({ films, words: {} }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return joined([length, header, ...files]);
}

const SCENE = file(
  [
    ["labels", "I16", [2], Int16Array.of(0, 1)],
    ["point_labels", "I16", [3], Int16Array.of(0, 1, 1)],
  ],
  { scene: JSON.stringify({ classes: ["cat", "dog"], columns: [] }) },
);
const snapshot = (answers, features = [1, 0, 0, 2, -1, -1]) =>
  file([
    ["answers", "F32", [2, 2], Float32Array.from(answers)],
    ["features", "I8", [3, 2], Int8Array.from(features)],
    ["features_scale", "F32", [1], Float32Array.of(127)],
    ["weights_scale", "F32", [1], Float32Array.of(answers[0])],
  ]);
const film = (steps, snapshots, scene = 0) => ({
  key: "a",
  name: "a",
  stream: "a/1",
  steps,
  scene,
  snapshots,
  steps_per_epoch: 10,
  ended: false,
});

test("tensors come out as they were, wherever they lie", () => {
  const { tensors, metadata } = parse(
    file(
      [
        ["a", "I8", [3], Int8Array.of(-1, 2, -3)],
        ["b", "F32", [2], Float32Array.of(0.5, -8)],
      ],
      { step: "7" },
    ),
  );
  assert.deepEqual([...tensors.a.data], [-1, 2, -3]);
  assert.deepEqual([...tensors.b.data], [0.5, -8], "although it begins at an odd byte");
  assert.deepEqual(tensors.b.shape, [2]);
  assert.equal(metadata.step, "7");
});

test("a message is read also where it lies within another buffer", () => {
  const one = snapshot([1, 0, 0, 1]);
  const sent = message([film([0], [[0, one.length]], SCENE.length)], [SCENE, one]);
  const shifted = joined([new Uint8Array(3), sent]).subarray(3);
  const [{ scene, snapshots }] = unpack(shifted).films;
  assert.deepEqual([...scene], [...SCENE]);
  assert.deepEqual([...snapshots[0][1]], [...one]);
});

test("a film grows, forgets what the server dropped, and says when something is missing", () => {
  const [early, late] = [snapshot([0.2, 0.8, 0.6, 0.4]), snapshot([0.9, 0.1, 0.3, 0.7])];
  const watched = new Film("a/1");
  assert.equal(watched.receive({ ...film([0], [[0, early]]), scene: null }), false, "there is no scene");
  const whole = new Film("a/1");
  assert.equal(whole.receive({ ...film([0], [[0, early]]), scene: SCENE }), true);
  assert.equal(whole.receive({ ...film([0, 5], [[5, late]]), scene: null }), true);
  assert.equal(whole.at(4).step, 0);
  assert.equal(whole.at(99).step, 5);
  assert.equal(whole.rightOnes(whole.at(0)), 0);
  assert.equal(whole.rightOnes(whole.at(5)), 2);
  assert.equal(whole.receive({ ...film([0, 5, 9], []), scene: null }), false, "one was overtaken on its way");
  assert.equal(whole.receive({ ...film([5], []), scene: null }), true);
  assert.deepEqual(whole.steps, [5]);
  assert.equal(whole.at(0).step, 5);
});

test("an answer that is no number is shown as wrong and not as an error", () => {
  const broken = new Film("a/1");
  broken.receive({ ...film([0], [[0, snapshot([NaN, NaN, NaN, NaN])]]), scene: SCENE });
  assert.equal(broken.rightOnes(broken.at(0)), 0);
});

test("the plane holds the directions in which points differ most", () => {
  const points = [];
  for (let at = 0; at < 60; at += 1) points.push(0.1 * Math.sin(at), 9 * Math.cos(at), 3 * Math.sin(2 * at), 0);
  const [first, second] = principal(Float32Array.from(points), 60, 4);
  assert.ok(Math.abs(first[1]) > 0.999);
  assert.ok(Math.abs(second[2]) > 0.999);
  assert.ok(Math.abs(Math.hypot(...first) - 1) < 1e-9);
});

test("points that don't differ at all have a plane, too", () => {
  const plane = principal(new Int8Array(12), 3, 4);
  assert.ok([...project(new Int8Array(12), 3, 4, plane)].every((value) => value === 0));
});

for (const [name, old] of [
  ["turned", (a, b) => [a.map((x, i) => 0.6 * x - 0.8 * b[i]), a.map((x, i) => 0.8 * x + 0.6 * b[i])]],
  ["mirrored", (a, b) => [a.map((x) => -x), b]],
  ["mirrored and turned", (a, b) => [b, a]],
]) {
  test(`a plane that was ${name} is brought back, so that points don't jump`, () => {
    const values = Float32Array.from({ length: 90 }, (_, at) => Math.sin(at * at) * (1 + (at % 3)));
    const plane = principal(values, 30, 3);
    const before = project(values, 30, 3, old(...plane));
    const back = project(values, 30, 3, aligned(plane, project(values, 30, 3, plane), before));
    assert.ok(back.every((value, at) => Math.abs(value - before[at]) < 1e-4));
  });
}

test("24 answers fill a panel and a phone, and all fit", () => {
  for (const [width, height] of [
    [370, 350],
    [330, 300],
    [800, 420],
  ]) {
    const { columns, size } = layoutFor(width, height, 24);
    assert.ok(size >= 40);
    assert.ok(columns * (size + 8) - 8 <= width);
    assert.ok(Math.ceil(24 / columns) * (size + 25) - 8 <= height + 8);
  }
});

test("weights are blue below zero and orange above, the stronger the further from the paper", () => {
  assert.deepEqual(rgb("#ffffff"), [255, 255, 255]);
  assert.deepEqual(rgb("rgb(14, 17, 23)"), [14, 17, 23]);
  assert.deepEqual(mixed([255, 255, 255], 0), [255, 255, 255]);
  assert.deepEqual(mixed([255, 255, 255], 1), [224, 118, 26]);
  assert.deepEqual(mixed([255, 255, 255], -2), [47, 111, 222]);
});
