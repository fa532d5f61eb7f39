// What stands around the face, brought in step with the state: table, totals, findings, vials, steps. Elements are
// kept by id, so that a cursor, a typed reason and an open editor stay where they are.

import { startClock } from "../use_by.mjs";
import { byId, copyOf, fill, keep, make, template, write } from "./dom.mjs";

const UNANSWERED = "SCREEN-001"; // said beside each question, and folded away in the list
const WAITS = new Set(["COPY-001", "DOSE-008"]); // said by the row itself, and folded away in the list
const shown = new WeakMap();
const LOOK = { given: "done", copied: "copied" };

/** Bring the table's rows in step. */
export function renderRows(sites, state, selected, amends) {
  const findings = new Map(state.findings.map((one) => [one.key, one]));
  keep(document.querySelector("#site-table tbody"), "site", sites, (site) => site.id, () => copyOf("site-row"), (row, site) => {
    const found = site.findings.map((key) => findings.get(key)).filter((one) => one && !WAITS.has(one.code));
    if (!isNew(row, [site, found, site.id === selected, amends, state.syringes.length])) return;
    row.id = `site-${site.id}`;
    const from = state.syringes.length > 1 ? `syringe ${site.syringe}` : "";
    fill(row, { ...site, units: site.units || "dose?", from: site.syringe ? from : "vial to be added" });
    row.querySelector('[data-cell="from"]').classList.toggle("warn-text", !site.syringe);
    row.querySelector('[data-cell="status_text"]').className = site.refused ? "stop-text" : site.pending ? "muted" : LOOK[site.status] ?? "muted";
    row.querySelector('[data-act="confirm"]').hidden = site.status !== "copied" || Boolean(site.pending);
    row.querySelector('[data-act="edit"]').hidden = site.status === "given" && !amends;
    row.classList.toggle("is-on", site.id === selected);
    row.classList.toggle("is-pending", Boolean(site.pending));
    if (site.id === selected) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    renderMarks(row, found);
  });
  byId("no-sites").hidden = sites.length > 0;
  const hint = byId("face-hint");
  if (sites.length && hint.textContent === "No site yet.") write(hint, "Numbers are those of the table.");
}

/** Whether an element does not show these values yet: of sixty rows a change touches one. */
function isNew(element, values) {
  const now = JSON.stringify(values);
  const before = shown.get(element);
  shown.set(element, now);
  return now !== before;
}

function renderMarks(root, findings) {
  const list = root.querySelector('[data-part="findings"]') ?? root;
  keep(list, "key", findings, (one) => one.key, (one) => template(`[data-mark="${one.severity}"]`), (mark, one) => {
    mark.href = `#finding-${one.key}`;
    mark.title = one.message;
  });
}

/** The marks of the server's own drawing get their keys, so that they are kept. */
export function adoptMarks() {
  for (const mark of document.querySelectorAll(".site-finding")) mark.dataset.key = mark.hash.replace("#finding-", "");
}

/** Bring the totals in step; `unchecked` says why they are not of what is shown, or is blank. */
export function renderTotals(state, unchecked) {
  if (!isNew(byId("totals"), [state.sides, state.products, state.muscles, state.interval, unchecked])) return;
  const several = state.products.length > 1;
  const sides = state.sides.map((one) => [one.label === "midline" ? "midline" : `patient’s ${one.label}`, one.units, several ? one.product_name : ""]);
  const sums = [...sides, ...state.products.map((one) => ["in all", one.units, one.label])];
  const items = sums.map(([label, units, note]) => make("li", { className: "total" }, make("b", {}, units), ` units, ${label}`, make("span", { className: "total-note" }, note)));
  const words = make("li", { className: "total total-words" }, unchecked || state.interval);
  words.id = "interval";
  byId("totals").replaceChildren(...items, words);
  byId("totals").classList.toggle("is-pending", Boolean(unchecked));
  byId("syringes").classList.toggle("is-pending", Boolean(unchecked));
  const rows = state.muscles.map((one) => make("tr", {}, make("th", { scope: "row" }, one.label), number(one.sites), number(one.units), make("td", { className: "sub" }, one.product_name)));
  byId("by-muscle").querySelector("tbody").replaceChildren(...rows);
  byId("by-muscle").hidden = rows.length === 0;
}

function number(value) {
  return make("td", { className: "num" }, String(value));
}

/** Bring the findings in step, in the list and beside what they are about. */
export function renderFindings(state) {
  const open = state.findings.filter((one) => one.code === UNANSWERED);
  renderList(byId("findings"), state.findings.filter((one) => one.code !== UNANSWERED && !WAITS.has(one.code)));
  renderList(byId("waiting").querySelector("ul"), state.findings.filter((one) => WAITS.has(one.code)));
  keep(byId("unanswered").querySelector("ul"), "open", open, (one) => one.key, () => make("li", {}, make("a")), (item, one) => {
    item.firstElementChild.href = `#${one.subject.replace(":", "-")}`;
    write(item.firstElementChild, one.message);
  });
  byId("unanswered").hidden = open.length === 0;
  for (const place of document.querySelectorAll("[data-answer-findings]")) {
    renderMarks(place, state.findings.filter((one) => one.subject === place.dataset.answerFindings && one.code !== UNANSWERED));
  }
}

function renderList(list, findings) {
  keep(list, "finding", findings, (one) => one.key, (one) => template(`[data-severity="${one.severity}"]`), (item, one) => {
    if (!isNew(item, one)) return;
    item.id = `finding-${one.key}`;
    fill(item, one);
    item.classList.toggle("is-settled", Boolean(one.override_by));
    item.querySelector('[data-part="override"]').hidden = !one.override_by;
    item.querySelector('[data-part="source"]').hidden = !one.source;
    const form = item.querySelector("form");
    if (form) {
      form.elements.finding_key.value = one.key;
      form.hidden = Boolean(one.override_by);
    }
  });
}

/** Bring the cards of the syringes and the choice of vials in step. */
export function renderVials(state, active) {
  keep(byId("syringes"), "syringe", state.syringes, (one) => one.id, newSyringe, (card, one) => {
    fill(card, { ...one, use_by: one.use_by || "as labelled", draw_button: one.clear_words ? "Take the doses out" : "Draw these sites from it" });
    card.setAttribute("aria-label", `Syringe ${one.letter}`);
    card.classList.toggle("vial-stop", Boolean(one.warning) || one.low === "stop");
    card.classList.toggle("vial-low", one.low === "low");
    card.querySelector("[data-use-by]").dataset.useBy = one.use_by_at;
    renderDraw(card.querySelector('[data-part="draw"]'), one, state.sites);
    const button = card.querySelector('[data-act="draw"]');
    button.hidden = state.syringes.length < 2;
    button.setAttribute("aria-pressed", String(one.id === active));
    renderMarks(card, state.findings.filter((finding) => finding.subject === `vial:${one.vial_id}`));
  });
  startClock(state.now);
  write(byId("choose-vial").querySelector("summary"), state.syringes.length ? "Draw from another vial" : "Choose the vial before the first site");
  const vials = state.vials.map((one) => [one.id, one.warning ? `${one.text} (${one.warning})` : one.text]);
  offer(byId("vial_id"), [["", "choose a vial"], ...vials]);
  const syringes = state.syringes.map((one) => [one.id, `${one.letter}: ${one.product_name}, lot ${one.lot}`]);
  for (const select of document.querySelectorAll('select[name="syringe_id"]')) offer(select, [["", "vial to be added"], ...syringes]);
}

/** Which planned sites could be drawn from a syringe, and the question when doses of another product are among them. */
function renderDraw(part, one, sites) {
  part.hidden = one.draws.length === 0;
  if (part.hidden) part.open = false;
  part.querySelector('[data-part="clear"]').hidden = !one.clear_words;
  part.querySelector('input[name="clear"]').value = one.clear_words ? "y" : "";
  const list = part.querySelector("[data-list]");
  for (const box of list.querySelectorAll("label:not([data-pick])")) box.dataset.pick = box.control.value;
  const offered = sites.filter((site) => one.draws.includes(site.id));
  keep(list, "pick", offered, (site) => site.id, newDrawPick, (label, site) => write(label.lastElementChild, String(site.number)));
}

function newDrawPick(site) {
  const label = newPick(site);
  label.firstElementChild.checked = true;
  label.firstElementChild.defaultChecked = true;
  return label;
}

function newSyringe(one) {
  const card = copyOf("syringe");
  for (const form of card.querySelectorAll("form")) form.action = form.action.replace("/-/", `/${one.id}/`);
  for (const part of card.querySelectorAll("[data-script]")) part.hidden = false;
  return card;
}

function offer(select, options) {
  const now = JSON.stringify([...select.options].map((one) => [one.value, one.text]));
  if (now === JSON.stringify(options)) return;
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: text })));
  select.value = options.some(([value]) => value === chosen) ? chosen : "";
}

/** Bring the session's steps in step, and which of them is next. */
export function renderSteps(state) {
  for (const step of state.phases) {
    const item = document.querySelector(`[data-phase="${step.key}"]`);
    if (!item) continue;
    write(item.firstElementChild, step.label);
    item.classList.toggle("is-done", step.state === "done");
    if (step.state === "current") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  for (const link of document.querySelectorAll("[data-next]")) link.classList.toggle("button-primary", link.dataset.next === state.phase);
}

/** Bring the lists of sites to confirm, to mark given and to take back in step. */
export function renderPicks(state) {
  for (const form of document.querySelectorAll("form[data-pick]")) {
    const kinds = form.dataset.pick.split(" ");
    const sites = state.sites.filter((site) => kinds.includes(site.status));
    const list = form.querySelector("[data-list]");
    for (const box of list.querySelectorAll("label:not([data-pick])")) box.dataset.pick = box.control.value;
    const all = list.querySelector('[data-act="all"]');
    keep(list, "pick", sites, (site) => site.id, newPick, (label, site) => write(label.lastElementChild, String(site.number)));
    if (all && list.lastElementChild !== all) list.append(all);
    form.hidden = sites.length === 0;
  }
  const confirming = byId("confirming");
  confirming.querySelector('[data-act="all"]').hidden = !state.together;
  confirming.querySelector('[data-part="one-by-one"]').hidden = state.together;
  const none = byId("no-injections");
  if (none) none.hidden = state.sites.length + state.syringes.length > 0;
  const giving = byId("giving");
  if (giving) giving.hidden = state.sites.length === 0;
}

function newPick(site) {
  const box = make("input", { type: "checkbox", name: "site", value: site.id });
  return make("label", { className: "chip" }, box, make("span"));
}
