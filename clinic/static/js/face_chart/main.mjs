// The visit page: what a person does goes into the queue and shows at once; what the server answers is what stands.

import { heard, marked } from "../activity.mjs";
import { Chart } from "./chart.mjs";
import * as conflicts from "./conflict.mjs";
import { announce, byId, dataOf, make, pageOf, write } from "./dom.mjs";
import * as forms from "./forms.mjs";
import * as presence from "./presence.mjs";
import { Queue, savedWords } from "./queue.mjs";
import { NEW } from "./state.mjs";

const visit = byId("visit");
const page = { version: visit.dataset.version, savedAt: "", token: document.querySelector('[name="csrf_token"]').value };
let chart = null;
let others = null;

const queue = new Queue({
  send,
  body: (op) => [...(Array.isArray(op.fields) ? op.fields : Object.entries(chart ? chart.resolved(op) : op.fields)), ["edit_version", page.version]],
  answered,
  changed,
  newKey: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
});

async function send(op, body) {
  const values = new URLSearchParams([...body, ["csrf_token", page.token], ["idempotency_key", op.key]]);
  const address = chart ? chart.address(op) : op.url;
  const answer = await fetch(address, { method: "POST", body: values, headers: marked(), signal: AbortSignal.timeout(15000) });
  if (answer.redirected) return { status: 401, data: {} };
  return heard(answer.status, await answer.json().catch(() => ({})));
}

function answered(op, data) {
  take(data);
  if (op.form) {
    forms.settle(op);
    if (op.form.dataset.refresh) forms.refresh(op.form, visit.dataset.page).then(() => { if (chart?.syringe) chart.draw(chart.syringe); });
  }
  chart?.answered(op, data);
}

/** Take over what stands now. */
function take(data) {
  page.version = String(data.edit_version);
  page.savedAt = data.saved_at;
  for (const input of document.querySelectorAll('input[name="edit_version"]')) input.value = page.version;
}

function changed() {
  const [kind, words] = savedWords(queue, page.savedAt);
  const mark = byId("saved");
  mark.className = kind ? `saved saved-${kind}` : "saved";
  write(mark, words);
  chart?.render();
  showTrouble();
  others?.tell();
  keepFocus();
}

let held = null;

/** What held the focus may be gone, or hidden: then it goes to what is nearest. */
function keepFocus() {
  const seen = (one) => one?.getClientRects().length > 0;
  if (!held || seen(held) || ![document.body, held].includes(document.activeElement)) return;
  const row = held.closest("tr")?.querySelector('[data-act="edit"]');
  [held.closest("[data-finding]"), row, document.querySelector("#face svg"), byId("main")].find(seen)?.focus({ preventScroll: true });
}

let told = "";

function showTrouble() {
  const kind = queue.stopped ? queue.trouble.kind : (queue.refused.length && `refused${queue.refused.length}`) || "";
  if (kind === told) return;
  told = kind;
  byId("notice").replaceChildren();
  if (kind === "signed-out") notice("Your session has ended. What you did here is kept on this page.", [link("Sign in in a new tab", visit.dataset.page), button("I am signed in: save now", back)]);
  else if (kind === "stale") conflict(queue.trouble.message);
  else if (kind) refuse();
}

function notice(text, acts = [], more = []) {
  const flash = make("div", { className: "flash flash-stop" }, make("div", { className: "stack" }, make("p", {}, text), ...more, make("div", { className: "form-actions" }, ...acts)));
  byId("notice").replaceChildren(flash);
}

function button(text, onclick) {
  return make("button", { type: "button", className: "button", textContent: text, onclick });
}

function link(text, href) {
  return make("a", { className: "button", textContent: text, href, target: "_blank", rel: "noopener" });
}

async function back() {
  const fresh = await pageOf(visit.dataset.page);
  const other = fresh?.getElementById("visit");
  if (!other) {
    announce("Still signed out.");
    return;
  }
  if (other.dataset.user !== visit.dataset.user) {
    notice("Somebody else is signed in now. What you did here is not saved under another name: write it down, then load the page again.", [link("Open the visit in a new tab", visit.dataset.page)]);
    return;
  }
  page.token = fresh.querySelector('[name="csrf_token"]').value;
  for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = page.token;
  queue.resume();
}

async function conflict(message) {
  const fresh = await pageOf(visit.dataset.page);
  const other = fresh?.getElementById("visit");
  if (!other) {
    notice(`${message} The visit is no draft any more, or the server does not answer.`, [button("Try again", () => conflict(message)), link("Open the visit in a new tab", visit.dataset.page)]);
    return;
  }
  const by = (await others?.ask())?.changed_by || "Somebody else";
  const who = by === visit.dataset.name ? "" : by;
  const now = other.dataset.state ? JSON.parse(other.dataset.state) : { edit_version: other.dataset.version, saved_at: page.savedAt, sites: [] };
  const before = chart?.state.sites ?? [];
  take(now);
  const rows = conflicts.rowsOf(queue.ops, before, now.sites, forms.compare(fresh), opWords);
  for (const op of queue.ops) op.asked = true;
  forms.renew(fresh);
  chart?.stands(now);
  notice(`${who || "In another window you"} changed this visit meanwhile. Nothing of yours was saved over it.`, [button("Merge", () => merge(rows)), button("Drop all of mine", drop)], [conflicts.choosing(rows, who)]);
}

let again = 0;

function merge(rows) {
  const choices = conflicts.chosen(rows);
  if (choices) queue.again(conflicts.merged(queue.ops, rows, choices, () => `${NEW}again-${(again += 1)}`));
}

/** Take in what somebody else saved, while nothing of one's own is on its way. */
async function showNewer() {
  queue.flush();
  const state = visit.dataset.state ? await dataOf(`${visit.dataset.page}/chart.json`) : null;
  const fresh = await pageOf(visit.dataset.page);
  const other = fresh?.getElementById("visit");
  if (!other || (visit.dataset.state && !state) || queue.ops.length) return;
  take(state ?? { edit_version: other.dataset.version, saved_at: page.savedAt });
  forms.compare(fresh);
  forms.renew(fresh);
  chart?.stands(state);
  changed();
  announce("The page shows what was saved.");
}

function drop() {
  for (const op of queue.ops) if (op.form) forms.restore(op.form);
  queue.drop();
}

function opWords(op) {
  if (op.text) return op.text;
  const section = op.form?.closest("section")?.querySelector("h2")?.textContent ?? "a change";
  const name = op.partial && Object.keys(op.fields).map((one) => op.form.elements[one].labels[0]?.textContent).join(", ");
  return name || section;
}

function refuse() {
  for (const op of queue.refused.filter((one) => !one.shown)) {
    op.shown = true;
    if (op.form?.isConnected) forms.showErrors(op.form, op.errors, op.message);
    else chart?.refused(op);
  }
  if (!queue.refused.length) return; // What cannot be mended was said and dropped.
  const texts = queue.refused.map((op) => make("li", {}, `${opWords(op)}: ${Object.values(op.errors).join(" ") || op.message}`));
  notice("Not saved:", [button("Drop what was refused", dropRefused)], [make("ul", { className: "list" }, ...texts)]);
}

function dropRefused() {
  for (const op of queue.refused) if (op.form?.isConnected) forms.restore(op.form);
  queue.drop((op) => queue.refused.includes(op));
}

window.addEventListener("beforeunload", (event) => {
  if (!queue.settled) event.preventDefault();
});
window.addEventListener("online", () => queue.wake?.());
document.addEventListener("clinic:flush", () => queue.flush());
document.addEventListener("clinic:unlocked", () => {
  if (queue.trouble?.kind === "signed-out") back();
  others?.beat();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") queue.flush();
  else if (queue.trouble?.kind === "signed-out") back();
});

document.addEventListener("focusin", (event) => { held = event.target; });

/** A link to another page waits until what was just typed is saved. */
document.addEventListener("click", async (event) => {
  const target = event.target.closest("a[href]");
  const inside = !target || target.target || event.ctrlKey || event.metaKey || event.shiftKey || target.getAttribute("href").startsWith("#") || target.dataset.act;
  if (inside || queue.ops.length === 0 || queue.trouble) return;
  event.preventDefault();
  await queue.sentAll();
  location.assign(target.href);
});

for (const part of document.querySelectorAll("[data-plain]")) part.hidden = true;
forms.watch((op) => queue.add(op));
if (visit.dataset.state) {
  chart = new Chart(queue, JSON.parse(visit.dataset.state), visit.dataset);
  page.savedAt = chart.state.saved_at;
  changed();
}
others = presence.watch({ visit, page: () => ({ ...page, busy: !queue.settled }), show: showNewer });
document.documentElement.dataset.ready = "";
