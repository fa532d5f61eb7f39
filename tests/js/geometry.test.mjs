// The pure geometry on a face small enough to check by hand. Run: node --test tests/js/

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  dangerZonesAt,
  hit,
  hits,
  inView,
  mirror,
  muscleOf,
  otherSide,
  position,
  sideOf,
  snap,
} from "../../clinic/static/js/face_chart/geometry.mjs";

const box = (left, bottom, right, top) => [left, bottom, right, bottom, right, top, left, top];

const face = {
  view: [-500, -500, 500, 500],
  reach: 35,
  muscles: [
    { key: "middle", paired: false, deep: false, midline: 0, sites: [["spot", "spot", 0, 300]], ellipse: [0, 300, 60, 60] },
    { key: "chin", paired: true, deep: false, midline: 25, sites: [["belly", "belly", -60, -300], ["mid", "mid", 0, -300]], polygon: box(-120, -400, -10, -200) },
    { key: "ring", paired: true, deep: false, midline: 0, sites: [], ellipse: [-250, 0, 150, 100], hole: box(-300, -30, -200, 30) },
    { key: "cheek", paired: true, deep: false, midline: 0, sites: [["belly", "belly", -250, -80]], polygon: box(-400, -200, -100, 0) },
    { key: "under", paired: true, deep: true, midline: 0, sites: [["one", "one", -380, -180]], polygon: box(-420, -220, -300, -100) },
    { key: "other", paired: true, deep: false, midline: 25, sites: [] },
  ],
  zones: [{ key: "vessel", applies_to: ["cheek"], paired: true, ellipse: [-250, -150, 50, 20] }],
};

test("a region is hit on both sides, and its hole is not", () => {
  assert.deepEqual(hit(face, -120, 0), { muscle: "ring", subSite: null, side: "right" });
  assert.deepEqual(hit(face, 120, 0), { muscle: "ring", subSite: null, side: "left" });
  assert.deepEqual(hit(face, -250, 10), { muscle: "other", subSite: null, side: "right" });
});

test("the nearest named site wins over the order of regions", () => {
  assert.deepEqual(hit(face, 250, -60), { muscle: "cheek", subSite: "belly", side: "left" });
  assert.equal(hit(face, 250, -44).muscle, "ring");
});

test("the edge of a site's reach and of an ellipse belongs to them", () => {
  assert.equal(hit(face, -250, -115).subSite, "belly");
  assert.equal(hit(face, -250, -116).subSite, null);
  assert.equal(hit(face, 60, 300).muscle, "middle");
  assert.equal(hit(face, 61, 300).muscle, "other");
});

test("a midline band takes the gap between the halves, and names no site of a side", () => {
  assert.deepEqual(hit(face, 0, -300), { muscle: "chin", subSite: "mid", side: "midline" });
  assert.deepEqual(hit(face, 25, -250), { muscle: "chin", subSite: null, side: "midline" });
  assert.deepEqual(hit(face, 26, -300), { muscle: "chin", subSite: "belly", side: "left" });
});

test("an unpaired muscle is always midline", () => {
  assert.equal(sideOf(muscleOf(face, "middle"), 55), "midline");
});

test("deep muscles are hit with the deep layer only, and then before what covers them", () => {
  assert.equal(hit(face, -350, -150).muscle, "cheek");
  assert.equal(hit(face, -350, -150, true).muscle, "under");
});

test("everything under a point, what is hit first", () => {
  assert.deepEqual(hits(face, -350, -150).map((found) => found.muscle), ["cheek", "under"]);
  assert.deepEqual(hits(face, 415, -210).map((found) => [found.muscle, found.side]), [["under", "left"]]);
  assert.deepEqual(hits(face, 450, 450).map((found) => found.muscle), ["other"]);
});

test("a danger zone concerns its muscles, on either side; every zone concerns an unknown structure", () => {
  assert.deepEqual(dangerZonesAt(face, 250, -150, "cheek").map((zone) => zone.key), ["vessel"]);
  assert.deepEqual(dangerZonesAt(face, 250, -150, "ring"), []);
  assert.deepEqual(dangerZonesAt(face, -300, -150, "other").map((zone) => zone.key), ["vessel"]);
  assert.deepEqual(dangerZonesAt(face, -301, -150, "other"), []);
});

test("positions, with and without a sub-site", () => {
  assert.deepEqual(position(face, "cheek", "belly", "left"), [250, -80]);
  assert.deepEqual(position(face, "chin", null, "midline"), [0, -300]);
  assert.deepEqual(position(face, "chin", null, "right"), [-60, -300]);
  assert.equal(position(face, "chin", "mid", "right"), null);
  assert.equal(position(face, "ring", null, "right"), null);
  assert.equal(position(face, "nobody", null, "right"), null);
});

test("mirroring never makes a negative nought", () => {
  assert.ok(Object.is(mirror(0), 0));
  assert.ok(Object.is(snap(-0.2), 0));
  assert.equal(mirror(-45), 45);
  assert.equal(otherSide("right"), "left");
  assert.equal(otherSide("midline"), "midline");
});

test("the edges of the view", () => {
  assert.ok(inView(face, -500, 500));
  assert.ok(!inView(face, -501, 0));
});
