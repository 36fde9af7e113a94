import assert from "node:assert/strict";
import test from "node:test";

import { meaning, refusal } from "../../pages/components/shell/numbers.js";

test("a number is what was meant, whichever signs its country uses", () => {
  for (const [text, value] of Object.entries({
    "0,005": "0.005",
    0.005: "0.005",
    "1.000,5": "1000.5",
    "1,000.5": "1000.5",
    "1 000": "1000",
    "1\u00a0000,5": "1000.5",
    "12'345.5": "12345.5",
    "1.000.000": "1000000",
    "1,234,567.25": "1234567.25",
    ",5": ".5",
    "0,125": "0.125",
    "−0,5": "-0.5",
    "1e-3": "1e-3",
    "1,5e-3": "1.5e-3",
    "2,50": "2.50",
    " 7\n": "7",
  }))
    assert.deepEqual(meaning(text, false), { value }, text);
});

test("what could be two numbers is refused", () => {
  for (const text of ["1.000", "1,000", "12,345"]) {
    assert.deepEqual(meaning(text, false), { why: "ambiguous" }, text);
    assert.deepEqual(meaning(text, true), { why: "ambiguous" }, text);
  }
});

test("what is no number is refused", () => {
  for (const text of ["", "many", "1.2.3", "1,00,0", "1.000,5,5", "5 %", "1,000.5.5", "1.00,5", "--1", "1e"])
    assert.deepEqual(meaning(text, false), { why: "number" }, text);
});

test("a field of whole numbers takes thousands but no fraction", () => {
  assert.deepEqual(meaning("1 000", true), { value: "1000" });
  assert.deepEqual(meaning("1.000.000", true), { value: "1000000" });
  for (const text of ["2,5", "2.5", "1e3"]) assert.deepEqual(meaning(text, true), { why: "whole" }, text);
});

test("a sign that would make another number can't be typed", () => {
  assert.equal(refusal(".", "1", true), "whole");
  assert.equal(refusal(",", "2", true), "whole");
  assert.equal(refusal(",", "1.000", false), "ambiguous");
  assert.equal(refusal(",", "0", false), undefined);
  assert.equal(refusal("5", "1.000", true), undefined);
});
