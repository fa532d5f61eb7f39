// The chair view: the page's own forms, sent without leaving it. What is shown is always what the server answered.

import { announce, ask, byId, make } from "./face_chart/dom.mjs";
import { startClock } from "./use_by.mjs";

const AGAIN = 2500;
const SETTLE = 700;
const page = location.pathname;
let busy = false;
let quietUntil = 0;
let acts = 0;

function wait(time) {
  return new Promise((done) => { setTimeout(done, time); });
}

function notice(text, ...acts) {
  const box = text ? [make("div", { className: "flash flash-stop" }, make("p", {}, text), ...acts)] : [];
  byId("chair-notice").replaceChildren(...box);
}

/** Send one act; without an answer the same act again, under the same key, until there is one. */
async function send(form, submitter) {
  const row = submitter.closest(".chair-row");
  const from = { words: row?.dataset.words, at: rows().indexOf(row) };
  const body = new URLSearchParams(new FormData(form, submitter)).toString();
  busy = true;
  acts += 1;
  byId("chair").setAttribute("aria-busy", "true");
  let answer = await ask("POST", form.action, body);
  while (!answer || answer.status === 503) {
    notice("Not saved yet: no connection. Trying again; nothing else can be marked until this is saved.");
    await wait(AGAIN);
    answer = await ask("POST", form.action, body);
  }
  busy = false;
  take(answer, from);
}

function take(answer, { words, at }) {
  byId("chair").removeAttribute("aria-busy");
  const fresh = answer.page?.getElementById("chair");
  if (!fresh) {
    const link = make("a", { className: "button", href: page, textContent: "Load this page again" });
    notice("Not saved: your session has ended, or this visit is no draft any more. What was marked before is kept.", link);
    return;
  }
  const before = Number(byId("chair").dataset.given);
  notice("");
  byId("chair").replaceWith(document.adoptNode(fresh));
  const steps = answer.page.querySelector(".phases");
  if (steps) document.querySelector(".phases").replaceWith(document.adoptNode(steps));
  quietUntil = Date.now() + SETTLE;
  // Grey while a tap would do nothing, so that nobody takes it for a mark.
  byId("chair").classList.add("is-quiet");
  setTimeout(() => byId("chair").classList.remove("is-quiet"), SETTLE);
  show();
  const now = byId("chair").dataset;
  const problem = byId("problem");
  if (problem) {
    problem.focus();
    return;
  }
  (buttonOf(rows()[Math.min(at, rows().length - 1)]) ?? first())?.focus({ preventScroll: at < 0 });
  const left = rows().length;
  const done = Number(now.given) > before && words ? `${words}, given. ` : "";
  announce(`${done}${left ? `${left} still to be given.` : "Every site is marked given."}`);
}

function rows() {
  return [...document.querySelectorAll(".chair-row")];
}

function buttonOf(row) {
  return row?.querySelector(".chair-button");
}

function buttons() {
  return rows().map(buttonOf).filter(Boolean);
}

function first() {
  return buttons().find((one) => one.form?.id === "form-give") ?? buttons()[0] ?? byId("next");
}

function show() {
  startClock(byId("chair").dataset.now);
  light(document.activeElement);
}

/** Show which site has the focus, in the list and on the face. */
function light(at) {
  const row = at?.closest?.(".chair-row") ?? null;
  for (const one of document.querySelectorAll(".is-now")) one.classList.remove("is-now");
  if (!row) return;
  row.classList.add("is-now");
  for (const mark of document.querySelectorAll(`[data-key="site:${row.dataset.site}"]`)) mark.classList.add("is-now");
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-chair]")) return;
  event.preventDefault();
  // A second tap on the place where the last button was must not mark the next site.
  if (!busy && Date.now() >= quietUntil) send(event.target, event.submitter);
  else announce("That was too soon after the last: nothing was marked by it.");
});
document.addEventListener("focusin", (event) => light(event.target));
document.addEventListener("click", (event) => {
  const key = event.target.closest?.(".chair-face [data-key]")?.dataset.key;
  const row = key && document.querySelector(`.chair-row[data-site="${key.replace("site:", "")}"]`);
  if (!row) return;
  row.scrollIntoView({ block: "nearest" });
  buttonOf(row)?.focus();
});
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input")) return;
  const all = buttons();
  if (all.length === 0) return;
  event.preventDefault();
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
  next.focus();
});
document.addEventListener("visibilitychange", async () => {
  // Somebody may have marked or changed something while this screen was dark; a half-typed reason is never taken away.
  if (document.visibilityState !== "visible" || busy || byId("reason")?.value) return;
  const before = acts;
  const answer = await ask("GET", page);
  // An answer that was overtaken by an act of one's own is older than what stands here.
  if (acts === before && answer?.page?.getElementById("chair") && !byId("reason")?.value) take(answer, { words: "", at: -1 });
});
window.addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});

show();
if (document.activeElement === document.body) first()?.focus({ preventScroll: true });
document.documentElement.dataset.ready = "";
