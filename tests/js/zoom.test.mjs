import assert from "node:assert/strict";
import { test } from "node:test";

import { captionsAt, edgeWords, panned, revealing, seenBox, turned, wholeView, zoomed } from "../../clinic/static/js/face_chart/zoom.mjs";

const WHOLE = [-945, -1290, 1890, 2850];
const near = (one, other) => assert.ok(one.every((value, index) => Math.abs(value - other[index]) < 1e-9), `${one} is not ${other}`);

test("what lies at the point stays where it is seen", () => {
  const view = zoomed(wholeView(WHOLE), 3, [300, -200], WHOLE);
  assert.equal(view.zoom, 3);
  near([(300 - view.x) * view.zoom, (-200 - view.y) * view.zoom], [300 + 945, -200 + 1290]);
});

test("the size has ends, and the whole face is exactly the whole face", () => {
  assert.equal(zoomed(wholeView(WHOLE), 99, [0, 0], WHOLE).zoom, 5);
  const back = zoomed(zoomed(wholeView(WHOLE), 1.5, [500, 500], WHOLE), 0.67, [-500, 0], WHOLE);
  assert.deepEqual(back, wholeView(WHOLE));
});

test("a view never leaves the face", () => {
  const view = zoomed(wholeView(WHOLE), 2, [0, 0], WHOLE);
  assert.deepEqual(panned(view, 9999, 9999, WHOLE), { zoom: 2, x: 0, y: 135 });
  assert.deepEqual(panned(view, -9999, -9999, WHOLE), { zoom: 2, x: -945, y: -1290 });
});

test("a point in sight moves nothing, one out of sight comes to the middle", () => {
  const view = zoomed(wholeView(WHOLE), 3, [-500, -800], WHOLE);
  assert.equal(revealing(view, [-500, -800], WHOLE), view);
  const there = revealing(view, [200, 300], WHOLE);
  near([there.x + 315, there.y + 475], [200, 300]);
});

test("turned round, the same part of the face is seen", () => {
  const view = zoomed(wholeView(WHOLE), 3, [600, 0], WHOLE);
  const round = turned(view, WHOLE);
  near([round.x + round.x + 630], [-(view.x + view.x + 630)]);
  assert.deepEqual(turned(wholeView(WHOLE), WHOLE), wholeView(WHOLE));
});

test("an edge never names a side of the face that is not towards it", () => {
  assert.deepEqual(edgeWords([-945, 0, 1890], false), ["patient’s right", "patient’s left"]);
  assert.deepEqual(edgeWords([100, 0, 400], false), ["to the midline", "patient’s left"]);
  assert.deepEqual(edgeWords([100, 0, 400], true), ["to the midline", "patient’s right"]);
  assert.deepEqual(edgeWords([-500, 0, 400], false), ["patient’s right", "to the midline"]);
});

test("captions stand in the corners of what is seen, as large as ever", () => {
  const view = zoomed(wholeView(WHOLE), 2, [0, 0], WHOLE);
  const seen = seenBox(view, WHOLE, 1.2);
  assert.deepEqual(seen, [-567, -645, 1134, 1425]);
  assert.deepEqual(captionsAt(seen, 2, WHOLE), ["translate(-94.5 0) scale(0.5)", "translate(94.5 0) scale(0.5)"]);
});
