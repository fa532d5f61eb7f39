import assert from "node:assert/strict";
import { test } from "node:test";

import { REVIEWS, ghostAt, ghostWords, shape } from "../../clinic/static/js/face_chart/ghost.mjs";

const GHOST = { x: 0, y: -900, units: "2.5", muscle_label: "Mentalis", sub_site_label: "", side: "midline", from: "3 Aug 2026" };

test("each review has a look of its own that reads without colour", () => {
  const looks = Object.keys(REVIEWS).map((review) => {
    const [tag, attributes] = shape({ ...GHOST, review });
    return `${tag} ${attributes["stroke-dasharray"] ?? "solid"} ${(attributes.d ?? "").replaceAll(/[\d. M-]/g, "")} ${REVIEWS[review].corners}`;
  });
  assert.deepEqual([looks.length, new Set(looks).size], [4, 4]);
  assert.equal(shape({ ...GHOST, review: "unheard of" })[1]["stroke-dasharray"], "8 8");
  assert.equal(shape(GHOST)[1].fill, "none");
});

test("words say from when, what, and what its review said", () => {
  assert.equal(ghostWords(GHOST), "From 3 Aug 2026: Mentalis, midline, 2.5\u00a0units. Tap takes it.");
  assert.equal(ghostWords({ ...GHOST, review: "too_strong" }), "From 3 Aug 2026: Mentalis, midline, 2.5\u00a0units, too strong. Tap takes it.");
});

test("the nearest ghost whose circle holds the point is found", () => {
  const other = { ...GHOST, x: 40, units: "10" };
  assert.equal(ghostAt([GHOST, other], [5, -900], 1, 0), GHOST);
  assert.equal(ghostAt([GHOST, other], [100, -900], 1, 0), other);
  assert.equal(ghostAt([GHOST, other], [100, -900], 0.2, 0), null);
  assert.equal(ghostAt([GHOST], [50, -900], 0.2, 60), GHOST);
});
