import assert from "node:assert/strict";
import { test } from "node:test";

import { Digits, ctrlled, found, table } from "../../clinic/static/js/face_chart/keyboard.mjs";

function pressed(key, more = {}) {
  return { key, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, getModifierState: () => false, ...more };
}

function typed(highest, keys) {
  const done = [];
  let timer = null;
  const digits = new Digits({ done: (number) => done.push(number), highest: () => highest, wait: (run) => { timer = run; return 1; }, stop: () => { timer = null; } });
  const taken = keys.map((key) => digits.take(key));
  return { done, taken, late: () => timer?.() };
}

test("every key of the table does one thing, with and without Shift", () => {
  const entries = table({});
  for (const shift of [false, true]) {
    const keys = entries.filter((one) => one.shift === undefined || one.shift === shift).flatMap((one) => one.keys);
    assert.equal(new Set(keys).size, keys.length, `shift ${shift}`);
  }
  assert.ok(entries.every((one) => one.shown && one.text && one.run));
});

test("letters with Ctrl belong to the browser, signs with AltGr do not", () => {
  const entries = table({});
  assert.equal(found(entries, pressed("c", { ctrlKey: true })), undefined);
  assert.equal(found(entries, pressed("C", { shiftKey: true })).shown, "Shift+C");
  assert.equal(found(entries, pressed("c")).shown, "C");
  const altGr = { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" };
  assert.equal(found(entries, pressed("[", altGr)).shown, "[ ]");
  assert.equal(found(entries, pressed("q", altGr)), undefined);
});

test("Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y", () => {
  assert.equal(ctrlled(pressed("z", { ctrlKey: true })), "undo");
  assert.equal(ctrlled(pressed("Z", { metaKey: true, shiftKey: true })), "redo");
  assert.equal(ctrlled(pressed("y", { ctrlKey: true })), "redo");
  assert.equal(ctrlled(pressed("z")), "");
  assert.equal(ctrlled(pressed("z", { ctrlKey: true, altKey: true })), "");
});

test("a number is complete as soon as no longer one could be meant", () => {
  assert.deepEqual(typed(12, ["4"]).done, [4]);
  assert.deepEqual(typed(12, ["1"]).done, []);
  assert.deepEqual(typed(12, ["1", "2"]).done, [12]);
  assert.deepEqual(typed(9, ["1"]).done, [1]);
  assert.deepEqual(typed(120, ["1", "1"]).done, []);
  assert.deepEqual(typed(120, ["1", "1", "3"]).done, [113]);
});

test("after a while, with Enter or before another key it is complete too", () => {
  const slow = typed(12, ["1"]);
  slow.late();
  assert.deepEqual(slow.done, [1]);
  const entered = typed(12, ["1", "Enter"]);
  assert.deepEqual([entered.done, entered.taken], [[1], [true, true]]);
  const next = typed(12, ["1", "d"]);
  assert.deepEqual([next.done, next.taken], [[1], [true, false]]);
});

test("Escape forgets it, and Enter without a digit is not for it", () => {
  assert.deepEqual(typed(12, ["1", "Escape"]).done, []);
  const none = typed(12, ["Enter"]);
  assert.deepEqual([none.done, none.taken], [[], [false]]);
});

test("keys belong to the face, and those with Ctrl or Alt to the browser", () => {
  const done = [];
  const act = new Proxy({}, { get: (_, name) => (...values) => done.push([name, ...values]) });
  const entries = table(act);
  const press = (event) => found(entries, event)?.run(event.key, event.shiftKey);
  press({ key: "3" });
  press({ key: "M" });
  press({ key: "ArrowUp", shiftKey: true });
  press({ key: "m", ctrlKey: true });
  press({ key: "x" });
  assert.deepEqual(done, [["dose", 2], ["mirror"], ["nudge", 0, 1, 50]]);
});
