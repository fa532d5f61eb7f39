// Two people changed one draft: what each did, site by site and field by field, and what remains to be sent once a
// person has chosen. Pure: no DOM. A row is { title, mine, saved, clash, answers, ops }; `answers` are the two choices
// of a clash as [value, words], or one when there is nothing to choose.

import { NEW, doseWords, words } from "./state.mjs";

export const MINE = "mine";
export const SAVED = "saved";
const COMPARED = ["x", "y", "muscle", "sub_site", "side", "units", "depth", "purpose", "note", "syringe_id", "status"];

/** The rows of the sites that the waiting changes touch: `before` and `now` are the server's lists of sites. */
export function siteRows(before, now, ops) {
  const bySite = new Map();
  for (const op of ops.filter((one) => one.kind === "site" || one.kind === "remove")) bySite.set(op.site, [...(bySite.get(op.site) ?? []), op]);
  return [...bySite].map(([id, mine]) => (id.startsWith(NEW) ? newRow(before, now, mine) : changedRow(before.find((one) => one.id === id), now.find((one) => one.id === id), mine)));
}

function newRow(before, now, ops) {
  const look = laid({}, ops);
  const known = new Set(before.map((one) => one.id));
  const twin = now.find((one) => !known.has(one.id) && look.muscle && look.muscle !== "other" && ["muscle", "sub_site", "side"].every((name) => (one[name] ?? "") === (look[name] ?? "")));
  const row = { title: `New site: ${words(look)}`, mine: dose(look), ops, saved: twin ? `site ${twin.number}, ${dose(twin)}` : "", clash: Boolean(twin) };
  return row.clash ? { ...row, answers: [[MINE, `Add mine too: ${row.mine}`], [SAVED, `Only the saved one: ${row.saved}`]] } : row;
}

function changedRow(base, current, ops) {
  const removed = ops.at(-1).kind === "remove";
  const wanted = base && laid(base, ops);
  const title = base ? `Site ${base.number}: ${words(base)}` : "A site";
  const mine = removed ? "removed" : told(base ?? {}, wanted ?? laid({}, ops));
  const saved = !current ? "removed" : told(base ?? {}, current);
  const clash = !current || !base || COMPARED.some((name) => (base[name] ?? "") !== (current[name] ?? ""));
  if (!clash) return { title, mine, saved: "", clash, ops };
  if (removed && !current) return { title, mine, saved, clash: false, settled: true, ops };
  if (current?.status === "given") return { title, mine, saved: "marked given", clash, answers: [[SAVED, "It is marked given, so it stays as it is"]], ops };
  return { title, mine, saved, clash, answers: [[MINE, `Yours: ${mine}`], [SAVED, `Saved meanwhile: ${saved}`]], ops, base };
}

function laid(site, ops) {
  return ops.reduce((sum, op) => ({ ...sum, ...op.look }), { ...site });
}

function dose(site) {
  return doseWords(site.units ?? "");
}

/** What of a site differs from how it was, in words. */
function told(base, site) {
  const parts = [];
  if (words(site) !== words(base)) parts.push(words(site));
  else if (site.x !== base.x || site.y !== base.y) parts.push("moved");
  parts.push(dose(site));
  if ((site.syringe_id ?? "") !== (base.syringe_id ?? "")) parts.push("another syringe");
  if (site.depth !== base.depth) parts.push(site.depth);
  if (site.note !== base.note) parts.push(site.note ? `note “${site.note}”` : "no note");
  if (base.status === "given" && site.status !== "given") parts.push("no longer marked given");
  return parts.filter(Boolean).join(", ");
}

/** A row for a change that is neither of a site nor of a field: never done without asking, once anything has changed. */
export function actRow(op, title) {
  return { title, mine: "not done yet", saved: "the visit has changed", clash: true, answers: [[MINE, "Do it now"], [SAVED, "Leave it"]], ops: [op] };
}

/** What still goes to the server, in its order: `choices` holds MINE or SAVED for each row that clashes. */
export function remaining(ops, rows, choices, newId) {
  const gone = new Set();
  const instead = new Map();
  rows.forEach((row, index) => {
    const dropped = row.settled || (row.clash && choices[index] !== MINE);
    if (dropped) row.ops.forEach((op) => gone.add(op));
    else if (row.clash && row.saved === "removed") again(row, instead, gone, newId);
  });
  return ops.filter((op) => !gone.has(op)).map((op) => instead.get(op) ?? op);
}

/** A site that was removed there and kept here is charted anew. */
function again(row, instead, gone, newId) {
  const last = row.ops.at(-1);
  const site = newId();
  row.ops.slice(0, -1).forEach((op) => gone.add(op));
  instead.set(last, { ...last, site, merge: `site:${site}`, look: laid(row.base, row.ops) });
}
