// The choice between two versions of a draft, as a list of what differs: changes of different things are both kept once
// somebody says so, changes of the same thing are chosen one by one, and nothing is chosen beforehand.

import { make } from "./dom.mjs";
import * as forms from "./forms.mjs";
import { MINE, SAVED, actRow, remaining, siteRows } from "./merge.mjs";

/** Every row of a conflict: sites, fields of forms, and acts. `touched` comes from forms.compare. */
export function rowsOf(ops, before, now, touched, titleOf) {
  const fields = ops.filter((op) => isField(op)).flatMap((op) => fieldRows(op, touched.get(op.form) ?? new Map()));
  const acts = ops.filter((op) => !isField(op) && op.kind !== "site" && op.kind !== "remove").map((op) => actRow(op, titleOf(op)));
  return [...siteRows(before, now, ops), ...fields, ...acts];
}

function isField(op) {
  return Boolean(op.form) && ["input", "change"].includes(op.form.dataset.save);
}

function fieldRows(op, touched) {
  const names = op.partial ? Object.keys(op.fields) : [...touched].filter(([, one]) => one.dirty).map(([name]) => name);
  return names.map((name) => {
    const one = touched.get(name) ?? { label: name, mine: String(op.fields[name] ?? ""), saved: "", clash: false };
    const row = { title: one.label, mine: one.mine, saved: one.clash ? one.saved : "", clash: one.clash, name, ops: [], field: op };
    return one.clash ? { ...row, answers: [[MINE, `Yours: ${one.mine}`], [SAVED, `Saved meanwhile: ${one.saved}`]] } : row;
  });
}

/** The list to choose from; `who` changed the visit meanwhile, blank for the same person in another window. */
export function choosing(rows, who) {
  const clashes = rows.map((row, index) => [row, index]).filter(([row]) => row.clash);
  const rest = rows.filter((row) => !row.clash && !row.settled);
  const list = rest.length ? [make("p", {}, `${who ? "Only you changed these" : "Changed only here"}; Merge saves them:`), make("ul", { className: "list" }, ...rest.map((row) => make("li", {}, `${row.title}: ${row.mine}`)))] : [];
  const asked = clashes.length ? [make("p", {}, `Changed ${who ? `by you and by ${who}` : "here and in the other window"}: choose each.`), ...clashes.map(([row, index]) => question(row, index))] : [];
  return make("div", { className: "stack", id: "conflict" }, ...asked, ...list);
}

function question(row, index) {
  const options = row.answers.map(([value, text], at) => {
    const input = make("input", { type: "radio", name: `conflict-${index}`, id: `conflict-${index}-${at}`, value });
    return make("div", { className: "check" }, input, make("label", { htmlFor: input.id }, text));
  });
  return make("fieldset", { className: "choice" }, make("legend", {}, row.title), ...options);
}

/** What was chosen, by the number of the row; null, with the first open question in focus, while one is open. */
export function chosen(rows) {
  const choices = rows.map((row, index) => (row.clash ? document.querySelector(`[name="conflict-${index}"]:checked`)?.value ?? null : MINE));
  const open = choices.indexOf(null);
  if (open < 0) return choices;
  const first = document.querySelector(`[name="conflict-${open}"]`);
  const place = first.closest("fieldset");
  place.querySelector(".field-errors")?.remove();
  place.append(make("ul", { className: "field-errors", role: "alert" }, make("li", {}, "Choose one of the two.")));
  first.focus();
  return null;
}

/** The changes that go to the server after the choice; fields that were let go of show what is on record. */
export function merged(ops, rows, choices, newId) {
  const kept = remaining(ops, rows, choices, newId);
  const left = kept.map((op) => (isField(op) ? fieldsKept(op, rows, choices) : op)).filter(Boolean);
  for (const op of ops) if (op.form && !isField(op) && !left.includes(op)) forms.restore(op.form);
  return left;
}

function fieldsKept(op, rows, choices) {
  const dropped = rows.filter((row, index) => row.field === op && row.clash && choices[index] === SAVED).map((row) => row.name);
  forms.putBack(op.form, dropped);
  if (!op.partial) return forms.touchedIn(op.form) ? { ...op, fields: forms.fieldsOf(op.form) } : null;
  const fields = Object.fromEntries(Object.entries(op.fields).filter(([name]) => !dropped.includes(name)));
  return Object.keys(fields).length ? { ...op, fields } : null;
}
