// What is pressed around the face: the brush, layers, the table's rows, keys. Each leads to one step of the chart.

import * as acts from "./acts.mjs";
import { announce, byId } from "./dom.mjs";
import { Keys, ctrlled, table } from "./keyboard.mjs";
import { focusLine } from "./shorthand.mjs";

/** Listen for the chart; gives its keys. */
export function listen(chart) {
  const steps = stepsOf(chart);
  const keys = new Keys(chart.face.svg, table(steps), steps);
  byId("chart").addEventListener("click", (event) => clicked(chart, event));
  const other = byId("brush-other");
  other.addEventListener("input", () => chart.dose(other.value.trim()));
  other.addEventListener("keydown", (event) => {
    if (event.key === "Enter") chart.face.svg.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => undoOutside(chart, event));
  return keys;
}

/** What the keys of the table do. */
function stepsOf(chart) {
  const { crosshair, face, sessions } = chart;
  return {
    busy: () => chart.busy(),
    stuck: () => Boolean(chart.queue.trouble),
    late: () => chart.say("The last step is not saved yet: keys pressed meanwhile were not taken."),
    highest: () => chart.sites.reduce((most, site) => Math.max(most, site.number), 0),
    ask: (text) => face.hint(text),
    askDose: () => acts.askDose(chart),
    choose: (number) => acts.choose(chart, number),
    giveDose: (index) => acts.giveDose(chart, index),
    dose: (index) => { const chip = document.querySelectorAll("[data-dose]")[index]; if (chip) chart.dose(chip.dataset.dose); },
    repeat: () => sessions.repeat(),
    step: (by) => chart.step(by),
    edit: () => { if (crosshair.on) chart.place(...crosshair.at); else chart.openEditor(); },
    remove: () => { const site = chart.changeable(); if (site) chart.remove(site.id); },
    nudge: (dx, dy, by) => chart.nudge(dx, dy, by),
    crosshair: () => crosshair.show(),
    mirror: () => chart.mirror(),
    under: () => chart.under(),
    confirm: (all) => acts.confirm(chart, all),
    undo: () => acts.undo(chart, "undo"),
    redo: () => acts.undo(chart, "redo"),
    ghost: () => sessions.toggle(),
    walk: (by) => sessions.walk(by),
    stepGhost: (by) => sessions.step(by),
    take: () => sessions.takeNext(crosshair.on ? crosshair.at : face.point),
    zoom: (key) => { if (key === "0") face.zoomReset(); else if (key === "-") face.zoomOut(); else face.zoomIn(); },
    shorthand: () => focusLine(),
    help: () => byId("keys").showModal(),
    close: () => close(chart),
  };
}

/** Close what is open, the nearest first. */
function close(chart) {
  if (chart.face.closeList()) return;
  if (chart.crosshair.hide()) chart.say("The crosshair is gone.");
  else chart.select(null);
}

/** Ctrl+Z undoes a change of the sites, except where text is typed: there it is the browser's. */
function undoOutside(chart, event) {
  const kind = ctrlled(event);
  if (!kind || acts.isTyping(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  acts.undo(chart, kind);
}

function clicked(chart, event) {
  const at = event.target.closest("[data-act], [data-dose], [data-layer-toggle], [data-toggle], tr[data-site]");
  if (!at) return;
  const { act, dose, layerToggle, toggle, site } = at.dataset;
  if (dose) chart.dose(dose);
  else if (layerToggle) at.setAttribute("aria-pressed", String(chart.face.toggleLayer(layerToggle)));
  else if (toggle) TOGGLES[toggle](chart, at);
  else if (ACTS[act]) {
    event.preventDefault();
    ACTS[act](chart, at);
  } else if (act === "draw") chart.draw(at.closest("[data-syringe]").dataset.syringe);
  else if (act === "keep") at.closest("details").open = false;
  else if (act === "all") for (const box of at.parentNode.querySelectorAll("input")) box.checked = true;
  else if (act === "edit") {
    event.preventDefault();
    chart.openEditor(at.closest("[data-site]").dataset.site);
  } else if (site && !event.target.closest("a, button")) chart.select(site);
}

const ACTS = {
  undo: (chart) => acts.undo(chart, "undo"),
  redo: (chart) => acts.undo(chart, "redo"),
  confirm: (chart, at) => acts.confirmOne(chart, chart.sites.find((site) => site.id === at.closest("[data-site]").dataset.site)),
  earlier: (chart) => chart.sessions.walk(-1),
  later: (chart) => chart.sessions.walk(1),
  "repeat-shown": (chart) => chart.sessions.repeat(chart.sessions.session),
};

const TOGGLES = {
  ghost: (chart) => chart.sessions.toggle(),
  keys: () => byId("keys").showModal(),
  mirror: (chart, at) => {
    at.setAttribute("aria-pressed", String(chart.face.toggleMirror()));
    chart.render();
    announce("The drawing is turned round; sides stay the patient’s.");
  },
  deep: (chart, at) => {
    chart.face.view.deep = !chart.face.view.deep;
    at.setAttribute("aria-pressed", String(chart.face.view.deep));
    announce(`Deep muscles ${chart.face.view.deep ? "first" : "left out"}.`);
  },
};
