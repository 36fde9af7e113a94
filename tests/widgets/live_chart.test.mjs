import assert from "node:assert/strict";
import test from "node:test";

import { beginsAt } from "../../pages/components/widgets/live_chart.js/beginning.js";
import { newPoints } from "../../pages/components/widgets/live_chart.js/chart.js";
import { nest, starPoints, tracesOf, wholeStep } from "../../pages/components/widgets/live_chart.js/look.js";
import { converted } from "../../pages/components/widgets/live_chart.js/moment.js";
import { RunningAverage } from "../../pages/components/widgets/live_chart.js/smooth.js";

test("points that are held already are dropped", () => {
  assert.deepEqual(
    newPoints(
      [2, 0],
      [
        [0, [1, 2, 3], [10, 20, 30]],
        [0, [5], [50]],
      ],
    ),
    [
      [[3], [30]],
      [[5], [50]],
    ],
  );
});

test("a repeated message brings nothing new", () => {
  assert.deepEqual(newPoints([3], [[0, [1, 2, 3], [10, 20, 30]]]), [[[], []]]);
  assert.deepEqual(newPoints([5], [[0, [1, 2, 3], [10, 20, 30]]]), [[[], []]], "nor does one that came late");
});

test("a gap is noticed", () => {
  assert.equal(newPoints([2], [[3, [4], [40]]]), null);
});

test("dotted names become nested objects and keep what is there", () => {
  assert.deepEqual(nest({ xaxis: { title: "step" } }, { "xaxis.gridcolor": "#eee", "font.color": "#111" }), {
    xaxis: { title: "step", gridcolor: "#eee" },
    font: { color: "#111" },
  });
});

test("a star's text turns towards the middle, and its tags stay text", () => {
  const theme = { background: "#fff", text: "#000" };
  const marks = [
    { x: 1, y: 0.5, text: "<b>best</b>", color: "red" },
    { x: 9, y: 0.9, text: "best", color: "red" },
  ];
  const points = starPoints({ marks, theme }, 10, { percent: true });
  assert.deepEqual(points.y, [50, 90]);
  assert.deepEqual(points.textposition, ["bottom right", "bottom left"]);
  assert.equal(points.text[0], "&lt;b&gt;best&lt;/b&gt;");
});

test("a running average goes on where it was, begins with the first value, and keeps gaps", () => {
  const average = new RunningAverage(0.5);
  assert.deepEqual(average.add([4]), [4]);
  assert.deepEqual(average.add([null, 1]), [null, 2]);
  assert.deepEqual(new RunningAverage(0.5).add([4, null, 1]), [4, null, 2]);
});

test("a smoothed curve comes last, and the first becomes faint", () => {
  const traces = [
    { name: "training", width: 2 },
    { name: "validation", width: 2 },
  ];
  assert.deepEqual(tracesOf({ traces, smoothing: null }), traces);
  const [first, , last] = tracesOf({ traces, smoothing: { name: "smoothed", share: 0.9 } });
  assert.equal(first.opacity, 0.3);
  assert.equal(last.name, "smoothed");
});

test("what is pointed at on one chart lies at the same moment on another", () => {
  assert.equal(converted(90, "step", "epoch", 45), 2);
  assert.equal(converted(2, "epoch", "step", 45), 90);
  assert.equal(converted(7, "step", "step", undefined), 7);
});

test("an axis of epochs has at most ten ticks, all of them whole", () => {
  for (const [end, step] of [
    [0, 1],
    [1, 1],
    [2, 1],
    [9, 1],
    [10, 1],
    [11, 2],
    [20, 2],
    [40, 5],
    [99, 10],
    [133, 20],
    [1000, 100],
  ])
    assert.equal(wholeStep(end), step, `up to ${end}`);
});

test("it is told where an axis of shares begins, if not at 0", () => {
  assert.equal(beginsAt([82.4, 101]), 82);
  assert.equal(beginsAt([0, 100]), null);
  assert.equal(beginsAt([-4, 100]), null);
});
