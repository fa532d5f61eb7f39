// What a person does to the whole list at once, or by number: undo and redo, confirming, a site by its number, its dose.

import { write } from "./dom.mjs";
import { dosed, doseWords, numbered, seen } from "./state.mjs";

const WORDS = { undo: ["Undo", "Undone", "There is nothing left to undo."], redo: ["Redo", "Made again", "There is nothing to make again."] };

/** Take the last change of the sites back, or make it again; it waits for what is under way, and each press is one step. */
export function undo(chart, kind) {
  const [, done, nothing] = WORDS[kind];
  const lost = chart.queue.refused.findLast((op) => op.kind === "site");
  if (lost && kind === "undo") {
    chart.queue.drop((op) => op === lost);
    chart.say(`Not saved, and dropped: ${lost.text}.`);
    return;
  }
  if (!chart.queue.ops.length && !chart.state[kind]) {
    chart.say(nothing);
    return;
  }
  chart.editor.close(false);
  chart.act(kind, [], {
    text: `${kind} the last change of the sites, whatever it is by now`,
    done: (before) => chart.say(`${done}: ${before[kind]}.`),
    refused: (op) => chart.say(op.message),
  });
}

/** Say on the two buttons what they would do; while a change is under way nobody knows yet. */
export function renderHistory(chart) {
  const waits = chart.queue.ops.some((op) => op.kind === "site" || op.kind === "remove" || op.barrier);
  for (const [kind, [name]] of Object.entries(WORDS)) {
    const button = document.querySelector(`[data-act="${kind}"]`);
    if (!button) continue;
    const text = waits ? "" : chart.state[kind];
    write(button.querySelector("[data-cell]"), text ? `${name}: ${text}` : name);
    button.disabled = !waits && !text && document.activeElement !== button;
  }
}

/** Confirm the chosen copied site; with `all`, or with none chosen, every copied site that the face shows. */
export function confirm(chart, all = false) {
  const chosen = chart.chosen;
  if (chosen && !all) {
    confirmOne(chart, chosen);
    return;
  }
  const sites = seen(chart.sites, chart.face.svg.viewBox.baseVal, chart.face.view.mirror).filter((site) => site.status === "copied" && !site.pending);
  if (!sites.length) chart.say("The face shows no copied site that waits to be confirmed.");
  else send(chart, sites, `${sites.length === 1 ? `Site ${sites[0].number}` : `${sites.length} sites`} confirmed.`);
}

/** Confirm one copied site as meant for today. */
export function confirmOne(chart, site) {
  if (site.status === "copied") send(chart, [site], `Site ${site.number} confirmed: ${doseWords(site.units)}.`);
  else chart.say(`Site ${site.number} is not a copy that waits to be confirmed. Shift+C confirms all copies that the face shows.`);
}

function send(chart, sites, words) {
  chart.act("confirm", sites.map((site) => ["site", site.id]), {
    text: `confirm ${sites.length === 1 ? `site ${sites[0].number}` : `${sites.length} sites`}`,
    confirms: sites.map((site) => site.id),
    done: () => chart.say(words),
    refused: (op) => chart.say(Object.values(op.errors).join(" ") || op.message),
  });
}

/** Choose the site of a number. */
export function choose(chart, number) {
  const site = numbered(chart.sites, number);
  if (site) chart.select(site.id);
  else chart.say(`There is no site ${number}.`);
}

/** Give the chosen site the dose of a place in the row. */
export function giveDose(chart, index) {
  const units = document.querySelectorAll("[data-dose]")[index]?.dataset.dose;
  const site = chart.changeable();
  if (!units) chart.say("The row has no such dose.");
  else if (site) chart.change(site, dosed(site, units, chart.state.syringes), `Site ${site.number}: ${doseWords(units)}`);
}

/** Ask for a dose; says whether there is a site to give it to. */
export function askDose(chart) {
  const site = chart.changeable();
  if (site) chart.face.hint(`Dose of site ${site.number}: 1 … 9 of the row`);
  return Boolean(site);
}

/** Whether keys pressed there write text, so that they have an undo of their own. */
export function isTyping(target) {
  return Boolean(target.closest("textarea, select, [contenteditable]") || (target.tagName === "INPUT" && !["range", "checkbox", "radio", "button"].includes(target.type)));
}
