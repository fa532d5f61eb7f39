// The synkinesis grid: each key or tap changes one cell, shows at once and is saved by itself; the server's answer is what stands.

import { heard, marked } from "./activity.mjs";
import { announce, byId, make, write } from "./face_chart/dom.mjs";
import { Queue, savedWords } from "./face_chart/queue.mjs";
import { read, typed, words } from "./synkinesis_grid/cell_text.mjs";
import { GradedFace } from "./synkinesis_grid/graded_face.mjs";
import { Table } from "./synkinesis_grid/table.mjs";
import { Troubles } from "./synkinesis_grid/troubles.mjs";

const SOON = 150;
const NOTE = 800;
const form = byId("grid");
const table = new Table(form);
const face = new GradedFace(form.querySelector(".face"), chooseMuscle);
const stands = new Map([...table.inputs, form.elements.note].filter(Boolean).map((input) => [input.name, input.value]));
const past = [];
let savedAt = "";
let here = null;
let minded = false;

const queue = new Queue({
  send,
  body: (op) => [...Object.entries(op.fields), ["edit_version", form.elements.edit_version.value]],
  answered: (op, data) => take(data),
  changed,
  newKey: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
});
const troubles = new Troubles(queue, form, { take: takePage, cells: unsavedWords, settled: () => here?.focus() });

async function send(op, body) {
  const values = new URLSearchParams([...body, ["csrf_token", form.elements.csrf_token.value], ["idempotency_key", op.key]]);
  const answer = await fetch(form.action, { method: "POST", body: values, headers: marked(), signal: AbortSignal.timeout(15000) });
  if (answer.redirected) return { status: 401, data: {} };
  return heard(answer.status, await answer.json().catch(() => ({})));
}

/** What is not on the server, as [name, text]. */
function unsaved() {
  return Object.entries(Object.assign({}, ...queue.unsaved.map((op) => op.fields)));
}

function unsavedWords() {
  return unsaved().map(([name, text]) => `${nameOf(name)}: ${text || "open"}`).join("; ");
}

function nameOf(name) {
  return table.byKey.get(name)?.dataset.words ?? "Note";
}

/** Take over what the server says stands now. */
function take(data) {
  savedAt = data.saved_at;
  setVersion(data.edit_version);
  for (const input of table.inputs) stands.set(input.name, data.cells[input.name] ?? "");
  stands.set("note", data.note);
  list(byId("summary"), data.summary, "Nothing graded yet.");
  list(byId("changes"), data.changes, data.summary.length ? "No difference in the cells graded both times." : "Nothing to compare yet.");
  face.render(data);
}

/** Take over what a page of the server shows. */
function takePage(fresh) {
  past.length = 0;
  setVersion(fresh.getElementById("grid").elements.edit_version.value);
  for (const name of stands.keys()) {
    const other = fresh.getElementById("grid").elements[name];
    if (other) stands.set(name, other.value);
  }
  for (const id of ["summary", "changes"]) list(byId(id), [...(fresh.getElementById(id)?.children ?? [])].map((line) => line.textContent), "");
  render();
}

function setVersion(version) {
  for (const input of document.querySelectorAll('input[name="edit_version"]')) input.value = String(version);
}

function list(node, lines, none) {
  const items = lines.map((line) => make("li", {}, line));
  node?.replaceChildren(...(items.length || !none ? items : [make("li", { className: "muted" }, none)]));
}

function changed() {
  const [kind, text] = savedWords(queue, savedAt);
  byId("saved").className = kind ? `saved saved-${kind}` : "saved";
  write(byId("saved"), text);
  render();
  troubles.show();
}

/** Show what stands, with what waits on top of it. */
function render() {
  const waiting = new Map(unsaved());
  const refused = Object.assign({}, ...queue.refused.map((op) => op.errors));
  for (const [name, text] of stands) {
    const input = form.elements[name];
    const shown = waiting.get(name) ?? text;
    // A blank at the end of a note that is being written is not saved, but not taken from under the pen either.
    if (input.value !== shown && !(name === "note" && input.value.trim() === shown.trim())) input.value = shown;
    input.classList.toggle("is-pending", waiting.has(name));
    if (refused[name]) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  byId("pad").querySelector('[data-act="undo"]').disabled = past.length === 0;
  showPad();
}

// ---- changing

/** Change cells, a mapping of name to text; what they were can be taken back. */
function change(cells, { back = true, due = SOON } = {}) {
  const before = new Map([...stands, ...unsaved()]);
  const different = Object.entries(cells).filter(([name, text]) => before.get(name) !== text);
  if (!different.length) return;
  if (back) past.push(Object.fromEntries(different.map(([name]) => [name, before.get(name)])));
  for (const [name, text] of different) form.elements[name].value = text;
  queue.add({ kind: "cells", merge: "cells", partial: true, fields: Object.fromEntries(different), due: Date.now() + due });
}

function set(text) {
  change({ [here.name]: text });
  announce(`${here.dataset.words}: ${words(text)}`);
}

function digit(key, isMinded) {
  const made = typed(here.value, key, isMinded);
  minded = made.minded;
  set(made.text);
  showPad();
}

function same() {
  if (here.dataset.before) set(here.dataset.before);
  else announce("Not graded at the last visit. Nothing was changed.");
}

function takeBack() {
  const cells = past.pop();
  if (!cells) return announce("Nothing to take back.");
  change(cells, { back: false });
  const names = Object.keys(cells);
  const one = table.byKey.get(names[0]);
  if (one) choose(one);
  return announce(names.length > 1 ? `${names.length} cells are as they were.` : `${nameOf(names[0])}: ${words(cells[names[0]])}`);
}

/** Mark the open cells of a row or side 0: only on request, and taken back as one. */
function noneSeen(within) {
  const open = table.inputs.filter((input) => input.name.startsWith(`${within}-`) && read(input.value)?.grade === "" && !input.value.trim());
  change(Object.fromEntries(open.map((input) => [input.name, "0"])));
  announce(open.length ? `${open.length} open cells marked 0, none seen. Undo takes this back.` : "No cell was open.");
}

// ---- choosing

function choose(input, focus = true) {
  here = input;
  minded = false;
  const { head, side } = table.show(input);
  face.light(head);
  write(byId("hint"), `Patient’s ${side}: ${input.dataset.words}`);
  if (focus) {
    input.focus();
    input.select();
  }
  showPad();
}

/** Go to the next movement, or the one before, in the same column; with its cells in sight. */
function walk(by) {
  choose(table.step(here, by), false);
  here.closest("tr").scrollIntoView({ block: "nearest" });
  announce(here.dataset.words);
}

/** Go on to the scales as soon as everything is saved; without that, stay and say so. */
async function goOn() {
  if (await queue.sentAll() && queue.settled) location.assign(byId("next").href);
  else announce("Not saved yet: stay on this page.");
}

function showPad() {
  if (!here) return;
  const cell = read(here.value) ?? { grade: "", bother: "" };
  for (const one of byId("pad").querySelectorAll("[data-next]")) {
    const isNext = (one.dataset.next === "bother") === minded;
    one.hidden = !isNext;
    one.parentElement.classList.toggle("is-next", isNext);
  }
  write(byId("here"), `${here.dataset.words}${here.value ? `: ${here.value}` : ""}`);
  for (const one of byId("pad").querySelectorAll("[data-grade]")) one.setAttribute("aria-pressed", String(one.dataset.grade === cell.grade));
  for (const one of byId("pad").querySelectorAll("[data-bother]")) one.setAttribute("aria-pressed", String(one.dataset.bother === cell.bother));
}

function chooseMuscle(key) {
  const at = here && table.placeOf(here);
  for (const part of table.tables) {
    const column = part.heads.findIndex((head) => head.dataset.muscles.split(" ").includes(key));
    if (column >= 0) return choose(table.near(part, at?.row ?? 0, column));
  }
  return announce("No group of the grid has this muscle on a side that is graded.");
}

// ---- keys, taps, the pad

form.addEventListener("keydown", (event) => {
  if (!table.inputs.includes(event.target) || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    const act = { z: takeBack, Enter: goOn }[event.key];
    if (act) { event.preventDefault(); act(); }
    return;
  }
  const shifted = event.shiftKey && /^(Digit|Numpad)[0-3]$/.test(event.code) ? event.code.at(-1) : "";
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (shifted) digit(shifted, true);
  else if (typed("", key, minded)) digit(key, minded);
  else if (key === "Backspace" || key === "Delete") { minded = false; set(""); }
  else if (key === "=") same();
  else if (key === "z") takeBack();
  else if (key === "r") noneSeen(here.closest("tr").dataset.row);
  else if (key === "Enter" && event.shiftKey) choose(table.next(here, "ArrowUp"));
  else if (table.next(here, key)) choose(table.next(here, key));
  else if (event.key.length === 1) announce(/\d/.test(key) ? "0 to 3 only. Nothing was changed." : "This key does nothing here.");
  else return;
  event.preventDefault();
});
form.addEventListener("focusin", (event) => {
  if (table.inputs.includes(event.target) && event.target !== here) choose(event.target, false);
});
form.addEventListener("input", ({ target }) => {
  // A keyboard on the glass, or a paste: what was written is what is sent, and the server says what it cannot read.
  if (target.name === "note") change({ note: target.value }, { back: false, due: NOTE });
  else if (table.inputs.includes(target)) change({ [target.name]: target.value }, { due: NOTE });
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const within = event.submitter?.name === "none_seen" ? event.submitter.value : "";
  if (within) noneSeen(within);
  else queue.flush();
});
byId("pad").addEventListener("pointerdown", (event) => {
  if (event.target.closest("button")) event.preventDefault(); // The chosen cell keeps the focus.
});
byId("pad").addEventListener("click", (event) => {
  const target = event.target.closest("button");
  if (!target) return;
  if (target.dataset.act === "undo") takeBack();
  else if (!here) announce("Choose a cell first.");
  else if (target.dataset.grade) digit(target.dataset.grade, false);
  else if (target.dataset.bother) digit(target.dataset.bother, true);
  else if (target.dataset.step) walk(Number(target.dataset.step));
  else if (target.dataset.act === "clear") set("");
  else if (target.dataset.act === "same") same();
});

// ---- leaving

document.addEventListener("clinic:flush", () => queue.flush());
document.addEventListener("clinic:unlocked", () => queue.trouble?.kind === "signed-out" && queue.resume());
window.addEventListener("beforeunload", (event) => {
  if (!queue.settled) event.preventDefault();
});
window.addEventListener("online", () => queue.wake?.());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") queue.flush();
});
document.addEventListener("click", async (event) => {
  const target = event.target.closest("a[href]");
  const inside = !target || target.target || event.ctrlKey || event.metaKey || event.shiftKey || target.getAttribute("href").startsWith("#");
  if (inside || queue.ops.length === 0 || queue.trouble) return;
  event.preventDefault();
  await queue.sentAll();
  location.assign(target.href);
});

for (const part of document.querySelectorAll("[data-plain]")) part.hidden = true;
for (const part of document.querySelectorAll("[data-script]")) part.hidden = table.inputs.length === 0;
const touch = matchMedia("(pointer: coarse)").matches;
for (const input of table.inputs) if (touch) input.inputMode = "none";
for (const one of table.tables) one.table.classList.add("pattern-stepped");
if (table.inputs.length) choose(table.inputs[0], !touch);
document.documentElement.dataset.ready = "";
