import assert from "node:assert/strict";
import { test } from "node:test";

import { MINE, SAVED, actRow, remaining, siteRows } from "../../clinic/static/js/face_chart/merge.mjs";

const MENTALIS = { id: "a", number: 3, x: 0, y: -900, muscle: "mentalis", muscle_label: "Mentalis", sub_site: null, sub_site_label: "", side: "midline", units: "5", depth: "", purpose: "", note: "", syringe_id: "s", status: "planned" };
const FRONTALIS = { ...MENTALIS, id: "b", number: 4, x: -345, y: 729, muscle: "frontalis", muscle_label: "Frontalis", side: "right", units: "2.5" };
const NBSP = "\u00a0";

function changed(site, look) {
  return { kind: "site", site: site.id, merge: `site:${site.id}`, look, fields: { ...look } };
}

test("changes of different sites are kept without asking", () => {
  const op = changed(MENTALIS, { units: "4" });
  const rows = siteRows([MENTALIS, FRONTALIS], [MENTALIS, { ...FRONTALIS, units: "1" }], [op]);
  assert.deepEqual(rows.map((row) => [row.title, row.mine, row.clash]), [["Site 3: Mentalis, midline", `4${NBSP}units`, false]]);
  assert.deepEqual(remaining([op], rows, [MINE], () => "new:1"), [op]);
});

test("the same site changed by both is asked about, and nothing goes without an answer", () => {
  const op = changed(MENTALIS, { units: "4" });
  const rows = siteRows([MENTALIS], [{ ...MENTALIS, units: "2.5" }], [op]);
  assert.deepEqual(rows[0].answers, [[MINE, `Yours: 4${NBSP}units`], [SAVED, `Saved meanwhile: 2.5${NBSP}units`]]);
  assert.deepEqual(remaining([op], rows, [MINE], () => ""), [op]);
  assert.deepEqual(remaining([op], rows, [SAVED], () => ""), []);
  assert.deepEqual(remaining([op], rows, [null], () => ""), []);
});

test("several changes of one site are one question", () => {
  const ops = [changed(MENTALIS, { units: "4" }), changed(MENTALIS, { x: 12 })];
  const rows = siteRows([MENTALIS], [{ ...MENTALIS, note: "deep" }], ops);
  assert.equal(rows.length, 1);
  assert.deepEqual(remaining(ops, rows, [SAVED], () => ""), []);
});

test("a site removed there and kept here is charted anew, as it was with what was changed", () => {
  const op = changed(MENTALIS, { units: "4" });
  const rows = siteRows([MENTALIS], [], [op]);
  assert.equal(rows[0].saved, "removed");
  const [again] = remaining([op], rows, [MINE], () => "new:again-1");
  assert.equal(again.site, "new:again-1");
  assert.deepEqual([again.look.muscle, again.look.units, again.look.side], ["mentalis", "4", "midline"]);
});

test("a site removed by both is settled", () => {
  const op = { kind: "remove", site: "a", look: undefined, fields: {} };
  const rows = siteRows([MENTALIS], [], [op]);
  assert.equal(rows[0].clash, false);
  assert.deepEqual(remaining([op], rows, [MINE], () => ""), []);
});

test("a site removed here and changed there is asked about", () => {
  const op = { kind: "remove", site: "a", fields: {} };
  const [row] = siteRows([MENTALIS], [{ ...MENTALIS, units: "2.5" }], [op]);
  assert.deepEqual(row.answers.map(([, text]) => text), ["Yours: removed", `Saved meanwhile: 2.5${NBSP}units`]);
});

test("what is marked given meanwhile stays", () => {
  const [row] = siteRows([MENTALIS], [{ ...MENTALIS, status: "given" }], [changed(MENTALIS, { units: "4" })]);
  assert.deepEqual(row.answers.map(([value]) => value), [SAVED]);
});

test("the same place charted by both is never doubled without asking", () => {
  const op = { kind: "site", site: "new:1", merge: "site:new:1", look: { ...MENTALIS, id: "new:1", units: "4" }, fields: {} };
  const rows = siteRows([], [{ ...MENTALIS, units: "2.5" }], [op]);
  assert.equal(rows[0].clash, true);
  assert.deepEqual(remaining([op], rows, [SAVED], () => ""), []);
  assert.deepEqual(remaining([op], rows, [MINE], () => ""), [op]);
  assert.equal(siteRows([], [FRONTALIS], [op])[0].clash, false);
});

test("an act over what has changed is never done without asking", () => {
  const op = { kind: "form", text: "Mark given" };
  const rows = [actRow(op, "Mark given")];
  assert.deepEqual(remaining([op], rows, [SAVED], () => ""), []);
});
