import assert from "node:assert/strict";
import { test } from "node:test";

import { shapes } from "../../clinic/static/js/face_chart/marks.mjs";
import { drawnUnits, radius } from "../../clinic/static/js/face_chart/numbers.mjs";

const SITE = { x: -345, y: 729, number: 3, units: "2.5", status: "planned" };

test("the area of a mark grows with its dose, within limits", () => {
  assert.ok(Math.abs(radius(4) ** 2 / radius(1) ** 2 - 4) < 1e-9);
  assert.deepEqual([radius(0.01), radius(500)], [17, 90]);
  assert.deepEqual([drawnUnits("1,000"), drawnUnits("abc"), drawnUnits("")], [1000, 1, 1]);
});

test("a dose stands inside when it fits, else beside it, outwards", () => {
  const inside = shapes(SITE).find(([tag, , text]) => tag === "text" && text === "2.5");
  assert.equal(inside[1]["text-anchor"], "middle");
  const beside = shapes({ ...SITE, units: "1.25" }).find(([tag, , text]) => tag === "text" && text === "1.25");
  assert.equal(beside[1]["text-anchor"], "end");
});

test("status is told by shape too: a copied site is a dashed ring", () => {
  assert.ok(shapes({ ...SITE, status: "copied" })[0][1]["stroke-dasharray"]);
  assert.ok(!shapes({ ...SITE, status: "given" })[0][1]["stroke-dasharray"]);
});

test("the mirror turns the place only", () => {
  assert.deepEqual([shapes(SITE)[0][1].cx, shapes(SITE, true)[0][1].cx], [-345, 345]);
});
