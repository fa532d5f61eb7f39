import assert from "node:assert/strict";
import { test } from "node:test";

import { words } from "../../clinic/static/js/face_chart/presence.mjs";

const ANSWER = { draft: true, edit_version: 5, changed_by: "Ada Assistant", changed_at: "14:03:10", others: [] };
const PAGE = { version: "5", busy: false };

test("alone and up to date there is nothing to say", () => {
  assert.deepEqual(words(ANSWER, PAGE, "Ada Prescriber"), { others: "", news: "", offer: false });
});

test("who else has it open is said, each with since when", () => {
  const others = [{ name: "Ada Assistant", since: "14:02" }, { name: "Dr Li", since: "14:05" }];
  assert.equal(words({ ...ANSWER, others }, PAGE, "").others, "Open by Ada Assistant since 14:02, Dr Li since 14:05");
});

test("a newer version is offered with who and when, but not while one's own change is on its way", () => {
  assert.deepEqual(words({ ...ANSWER, edit_version: 6 }, PAGE, "Ada Prescriber"), { others: "", news: "Ada Assistant saved a change at 14:03:10.", offer: true });
  assert.equal(words({ ...ANSWER, edit_version: 6 }, { ...PAGE, busy: true }, "").news, "");
  assert.equal(words({ ...ANSWER, edit_version: 6 }, { ...PAGE, version: "7" }, "").news, "");
});

test("one's own change elsewhere is called that", () => {
  assert.equal(words({ ...ANSWER, edit_version: 6 }, PAGE, "Ada Assistant").news, "You saved a change in another window at 14:03:10.");
});

test("a visit that is no draft any more, and a session that ended, are said", () => {
  assert.match(words({ ...ANSWER, draft: false }, PAGE, "").news, /no draft any more/);
  assert.match(words({ ended: true }, PAGE, "").news, /signed out/);
});
