import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { NEW, addedId, brought, crossed, dosed, doseWords, edited, laidOver, mirrored, moved, pointWords, seen, shapeKeys, siteFields, siteWords } from "../../clinic/static/js/face_chart/state.mjs";
import { hits } from "../../clinic/static/js/face_chart/geometry.mjs";

const geometry = JSON.parse(readFileSync(process.env.FACE_GEOMETRY, "utf8"));
const SITE = {
  id: "a", number: 1, x: -345, y: 729, muscle: "frontalis", muscle_label: "Frontalis", sub_site: "central", sub_site_label: "central",
  side: "right", units: "2.5", volume: "0.1", syringe_id: "s", syringe: "A", purpose: "synkinesis", depth: "intramuscular",
  note: "deep", status: "planned", status_text: "planned", findings: [],
};

test("waiting changes lie over what the server says, in order", () => {
  const ops = [
    { kind: "site", site: `${NEW}1`, look: { x: 1, y: 2, units: "4" } },
    { kind: "site", site: "a", look: { units: "5" } },
    { kind: "site", site: "a", look: { x: 7 } },
    { kind: "form" },
  ];
  const [first, second] = laidOver([SITE], ops);
  assert.deepEqual([first.units, first.x, first.pending], ["5", 7, true]);
  assert.deepEqual([second.number, second.units, second.status_text], [2, "4", "saving…"]);
  assert.equal(laidOver([SITE], ops, "waits for your choice")[1].status_text, "waits for your choice");
  assert.deepEqual(laidOver([SITE], [{ kind: "remove", site: "a" }]), []);
  assert.equal(SITE.units, "2.5");
});

test("what was refused is shown as not saved", () => {
  const [site] = laidOver([SITE], [{ kind: "site", site: "a", look: { units: "x" }, errors: { units: "no number" } }]);
  assert.deepEqual([site.status_text, site.refused], ["not saved", true]);
});

test("the new id is the one that was not there", () => {
  assert.equal(addedId([{ id: "a" }], [{ id: "a" }, { id: "b" }]), "b");
  assert.equal(addedId([{ id: "a" }], [{ id: "a" }]), null);
});

test("a site sends everything that it is, and never a side that nobody said", () => {
  const fields = siteFields({ ...SITE, units: "1,000" });
  assert.equal(fields.units, "1000");
  assert.equal(fields.side, "");
  assert.equal(fields.purpose, "");
  assert.equal(fields.note, "deep");
});

test("a moved site leaves its muscle to the region under it", () => {
  const { fields, look } = moved(geometry, SITE, 345, 729);
  assert.deepEqual([fields.x, fields.y, fields.muscle, fields.sub_site], ["345", "729", "", ""]);
  assert.deepEqual([look.side, look.muscle], ["left", "frontalis"]);
});

test("a muscle chosen against the first one there stays while it lies under the point", () => {
  const chosen = { ...SITE, muscle: "buccinator", x: -400, y: -400 };
  assert.equal(moved(geometry, chosen, -410, -400).fields.muscle, "buccinator");
  assert.equal(moved(geometry, chosen, -345, 729).fields.muscle, "");
});

test("the other side is the same place across the midline", () => {
  const { fields, look } = mirrored(SITE);
  assert.deepEqual([fields.x, fields.y, fields.muscle, look.side], ["345", "729", "frontalis", "left"]);
  assert.equal(mirrored({ ...SITE, side: "midline", x: 0 }), null);
});

const VALUES = { units: "2.5", muscle: "frontalis", sub_site: "central", side: "right", syringe_id: "s", depth: "intramuscular", purpose: "synkinesis", note: "deep" };

test("another dose keeps the point; an untouched purpose is left to the server", () => {
  const { fields, look } = edited(geometry, SITE, { ...VALUES, units: "4" });
  assert.deepEqual([fields.x, fields.y, fields.units, fields.purpose], ["-345", "729", "4", ""]);
  assert.equal(look.units, "4");
});

test("another side keeps the height and says the side", () => {
  const { fields, look } = edited(geometry, SITE, { ...VALUES, side: "left" });
  assert.deepEqual([fields.x, fields.side, look.x], ["-345", "left", 345]);
});

test("a muscle that is not under the point goes to its own place, on the side that was said", () => {
  const { fields } = edited(geometry, SITE, { ...VALUES, muscle: "mentalis", sub_site: "" });
  assert.deepEqual([fields.x, fields.y, fields.side, fields.muscle], ["", "", "right", "mentalis"]);
});

test("another named site moves the mark there", () => {
  assert.equal(edited(geometry, SITE, { ...VALUES, sub_site: "medial" }).fields.x, "");
});

test("the hint names region and side, and danger zones only when they are shown", () => {
  assert.equal(pointWords(geometry, -345, 729, { deep: false, zones: false }), "Frontalis, central, patient’s right");
  assert.match(pointWords(geometry, -430, 590, { deep: false, zones: true }), /Danger zone/);
  assert.equal(pointWords(geometry, 5000, 0, { deep: false, zones: false }), "");
});

test("a paired muscle in the midline lights both halves", () => {
  assert.deepEqual(shapeKeys(geometry, { muscle: "mentalis", side: "midline" }), ["mentalis:right", "mentalis:left"]);
  assert.deepEqual(shapeKeys(geometry, { muscle: "procerus", side: "midline" }), ["procerus:midline"]);
  assert.deepEqual(shapeKeys(geometry, { muscle: "other", side: "right" }), []);
});

test("a site is told in full", () => {
  assert.equal(siteWords(SITE), "Site 1: Frontalis, central, patient’s right, 2.5\u00a0units");
});

test("a copy is meant once it is changed, and waits while it is confirmed", () => {
  const copy = { ...SITE, status: "copied", status_text: "from 3 Aug 2026" };
  assert.equal(laidOver([copy], [{ kind: "site", site: "a", look: { units: "5" } }])[0].status, "planned");
  assert.equal(laidOver([copy], [{ kind: "site", site: "a", look: { units: "x" }, errors: { units: "no" } }])[0].status, "copied");
  const [waiting] = laidOver([copy], [{ kind: "act", confirms: ["a"] }]);
  assert.deepEqual([waiting.status, waiting.pending], ["copied", true]);
  assert.match(siteWords(copy), /2\.5\u00a0units, from 3 Aug 2026, not confirmed$/);
});

test("a dose may be missing, and one unit is one", () => {
  assert.equal(doseWords(""), "dose to be entered");
  assert.equal(doseWords("1"), "1\u00a0unit");
  assert.equal(siteFields({ ...SITE, units: "" }, { x: 1 }).units, "");
});

test("a dose given by hand is one of what the syringe holds", () => {
  const { fields, look } = dosed(SITE, "5", [{ id: "s", product: "dysport" }]);
  assert.deepEqual([fields.units, fields.dose_product, look.dose_product], ["5", "dysport", "dysport"]);
  assert.equal(dosed({ ...SITE, syringe_id: null }, "5", []).fields.dose_product, "");
  assert.equal(siteFields({ ...SITE, ...look }, { x: 1 }).dose_product, "dysport");
});

test("what the face shows is what lies in its view, turned round with it", () => {
  const box = { x: -400, y: -800, width: 200, height: 200 };
  assert.deepEqual(seen([SITE, { ...SITE, id: "b", x: 345 }], box, false).map((one) => one.id), ["a"]);
  assert.deepEqual(seen([SITE, { ...SITE, id: "b", x: 345 }], box, true).map((one) => one.id), ["b"]);
});

test("a site of an earlier session that stands here is known by its place", () => {
  assert.deepEqual([...brought([{ ...SITE, id: "old" }, { ...SITE, id: "other", y: 1 }], [SITE])], ["old"]);
});

test("the crosshair stays on the face", () => {
  const [left, bottom, right, top] = geometry.view;
  assert.deepEqual(crossed(geometry, [right, top], 50, 50), [right, top]);
  assert.deepEqual(crossed(geometry, [left, bottom], 10, 0), [left + 10, bottom]);
});

test("a removal that was refused does not hide the site that stands", () => {
  const [site] = laidOver([SITE], [{ kind: "remove", site: "a", errors: {} }]);
  assert.deepEqual([site.id, site.status_text, site.refused], ["a", "not removed", true]);
});

test("the volume of the old dose never stands beside a new one", () => {
  assert.equal(laidOver([SITE], [{ kind: "site", site: "a", look: { units: "5" } }])[0].volume, "");
  assert.equal(laidOver([SITE], [{ kind: "site", site: "a", look: { syringe_id: "t" } }])[0].volume, "");
  assert.equal(laidOver([SITE], [{ kind: "site", site: "a", look: { note: "x" } }])[0].volume, "0.1");
});

test("a change after a site was moved by words starts from where the words lead, not from where it was", () => {
  const { look } = edited(geometry, SITE, { ...VALUES, muscle: "mentalis", sub_site: "" });
  const { fields } = dosed({ ...SITE, ...look }, "5", []);
  assert.equal(fields.muscle, "mentalis");
  assert.equal(hits(geometry, Number(fields.x), Number(fields.y))[0].muscle, "mentalis");
});

test("a purpose that was asked for is not lost to the next change before the answer", () => {
  const { fields, look } = edited(geometry, SITE, { ...VALUES, purpose: "balance" });
  assert.equal(fields.purpose, "balance");
  const shown = { ...SITE, ...look };
  assert.equal(moved(geometry, shown, -340, 729).fields.purpose, "balance");
  assert.equal(edited(geometry, shown, { ...VALUES, purpose: "balance", note: "x" }).fields.purpose, "balance");
});

test("a comma that somebody typed never makes ten times the dose", () => {
  const [site] = laidOver([SITE], [{ kind: "site", site: "a", look: { units: "2,5" }, errors: { units: "no" } }]);
  assert.equal(moved(geometry, site, -340, 729).fields.units, "2,5");
  assert.equal(mirrored(site).fields.units, "2,5");
  const [added] = laidOver([], [{ kind: "site", site: `${NEW}1`, look: { x: 1, y: 2, units: "2,5" }, errors: { units: "no" } }]);
  assert.equal(siteFields(added).units, "2,5");
  const [large] = laidOver([{ ...SITE, units: "1,000" }], [{ kind: "site", site: "a", look: { note: "x" } }]);
  assert.equal(siteFields(large).units, "1000");
});
