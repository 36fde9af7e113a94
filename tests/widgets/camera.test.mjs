import assert from "node:assert/strict";
import test from "node:test";

import { middle, reason } from "../../pages/components/widgets/camera.js/device.js";
import { filled } from "../../pages/components/widgets/camera.js/dom.js";
import { best, places, rate } from "../../pages/components/widgets/camera.js/live.js";
import { newId, Outbox, packed, pause } from "../../pages/components/widgets/camera.js/outbox.js";

const picture = (text = "x") => ({ id: newId(), blob: new Blob([text]) });

// An outbox whose requests are answered by `answers`, in turn; the last answer stays.
function outbox(answers) {
  const sent = [];
  const slept = [];
  const refused = [];
  const box = new Outbox({
    send: async (category, pictures) => {
      sent.push([category, pictures.map((one) => one.id)]);
      return answers.length > 1 ? answers.shift() : answers[0];
    },
    changed: () => {},
    refused: (sentence, batch) => refused.push([sentence, batch.length]),
    sleep: async (milliseconds) => slept.push(milliseconds),
  });
  return { box, sent, slept, refused };
}

async function empty(box) {
  while (box.running) await new Promise((resolve) => setTimeout(resolve));
}

test("the middle of a picture is square", () => {
  assert.deepEqual(middle(640, 480), { left: 80, top: 0, side: 480 });
  assert.deepEqual(middle(480, 640), { left: 0, top: 80, side: 480 });
});

test("each reason for no camera has its sentence", () => {
  assert.equal(reason({ name: "NotAllowedError" }), "denied");
  assert.equal(reason({ name: "NotFoundError" }), "none");
  assert.equal(reason({ name: "OverconstrainedError" }), "none");
  assert.equal(reason({ name: "NotReadableError" }), "busy");
});

test("an id has 24 hexadecimal digits and is another one each time", () => {
  assert.match(newId(), /^[0-9a-f]{24}$/);
  assert.notEqual(newId(), newId());
});

test("a request holds the length of its header, the header and the files", async () => {
  const [one, two] = [picture("abc"), picture("de")];
  const bytes = new Uint8Array(await packed("cup", [one, two]).arrayBuffer());
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.slice(4, 4 + length)));
  assert.deepEqual(header, {
    class: "cup",
    pictures: [
      [one.id, 3],
      [two.id, 2],
    ],
  });
  assert.equal(new TextDecoder().decode(bytes.slice(4 + length)), "abcde");
});

test("pictures go in small batches, each of one class", async () => {
  const { box, sent } = outbox(["kept"]);
  for (let number = 0; number < 20; number += 1) box.add(number < 11 ? "cup" : "pen", picture());
  await empty(box);
  assert.deepEqual(
    sent.map(([category, ids]) => [category, ids.length]),
    [
      ["cup", 1],
      ["cup", 8],
      ["cup", 2],
      ["pen", 8],
      ["pen", 1],
    ],
  );
  assert.equal(box.sent, 20);
});

test("after a lost connection the same pictures are sent again, more and more slowly", async () => {
  const { box, sent, slept } = outbox(["again", "again", "again", "kept"]);
  const one = picture();
  box.add("cup", one);
  await empty(box);
  assert.deepEqual(sent, Array(4).fill(["cup", [one.id]]));
  assert.deepEqual(slept, [500, 1000, 2000]);
  assert.equal(pause(30), 8000);
  assert.equal(box.failures, 0);
});

test("what is refused is not sent again", async () => {
  const { box, sent, refused } = outbox(["A class is full.", "kept"]);
  box.add("cup", picture());
  await empty(box);
  assert.equal(sent.length, 1);
  assert.deepEqual(refused, [["A class is full.", 1]]);
  assert.equal(box.sent, 0);
});

test("without a connection only so many pictures wait", () => {
  const { box } = outbox(["again"]);
  box.run = () => {};
  const taken = Array.from({ length: 1000 }, () => box.add("cup", picture())).filter(Boolean);
  assert.equal(taken.length, 300);
  box.drop("cup");
  assert.ok(!box.full);
});

test("the likeliest class comes first, and of many classes the likeliest are shown", () => {
  assert.deepEqual(best([0.2, 0.5, 0.3]), [1, 2, 0]);
  assert.deepEqual(places([0.2, 0.5, 0.3]), [0, 1, 2]);
  const many = Array.from({ length: 40 }, (_, place) => place / 100);
  assert.deepEqual(places(many).slice(0, 2), [39, 38]);
  assert.equal(places(many).length, 12);
});

test("answers a second are counted between the first and the last", () => {
  assert.equal(rate([]), 0);
  assert.equal(rate([0, 100, 200, 300]), 10);
});

test("a gap that nobody fills stays", () => {
  assert.equal(filled("{number} of {most} in {name}", { number: 0, most: 200 }), "0 of 200 in {name}");
});
