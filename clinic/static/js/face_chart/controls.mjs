// What is pressed around the face: the brush, layers, the table's rows, keys. Each leads to one step of the chart.

import { announce, byId } from "./dom.mjs";
import * as keyboard from "./keyboard.mjs";

/** Listen for the chart. */
export function listen(chart) {
  keyboard.listen(chart.face.svg, keyboard.table({
    dose: (index) => { const chip = document.querySelectorAll("[data-dose]")[index]; if (chip) chart.dose(chip.dataset.dose); },
    step: (by) => chart.step(by),
    edit: () => chart.openEditor(),
    remove: () => { const site = chart.changeable(); if (site) chart.remove(site.id); },
    nudge: (dx, dy, by) => chart.nudge(dx, dy, by),
    mirror: () => chart.mirror(),
    under: () => chart.under(),
    help: () => byId("keys").showModal(),
    close: () => { if (!chart.face.closeList()) chart.select(null); },
  }));
  byId("chart").addEventListener("click", (event) => clicked(chart, event));
  const other = byId("brush-other");
  other.addEventListener("input", () => chart.dose(other.value.trim()));
  other.addEventListener("keydown", (event) => {
    if (event.key === "Enter") chart.face.svg.focus({ preventScroll: true });
  });
}

function clicked(chart, event) {
  const at = event.target.closest("[data-act], [data-dose], [data-layer-toggle], [data-toggle], tr[data-site]");
  if (!at) return;
  const { act, dose, layerToggle, toggle, site } = at.dataset;
  if (dose) chart.dose(dose);
  else if (layerToggle) at.setAttribute("aria-pressed", String(chart.face.toggleLayer(layerToggle)));
  else if (toggle) TOGGLES[toggle](chart, at);
  else if (act === "draw") chart.draw(at.closest("[data-syringe]").dataset.syringe);
  else if (act === "all") for (const box of at.parentNode.querySelectorAll("input")) box.checked = true;
  else if (act === "edit") {
    event.preventDefault();
    chart.openEditor(at.closest("[data-site]").dataset.site);
  } else if (site && !event.target.closest("a, button")) chart.select(site);
}

const TOGGLES = {
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
