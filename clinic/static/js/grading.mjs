// A scale by keyboard, and its score while it is filled in. The server scores; this only asks and shows what it said.

import { announce, byId, make } from "./face_chart/dom.mjs";
import { guard } from "./unsaved.mjs";

const form = byId("grading");
const WAIT = 60;
const SLOW = 300;
const touched = guard(form);
let asked = 0;
let timer = 0;
let slow = 0;

function questions() {
  return [...form.querySelectorAll("[data-question]")];
}

function radios(question) {
  return [...question.querySelectorAll('input[type="radio"]')];
}

function chosen(question) {
  return radios(question).find((one) => one.checked && one.value !== "");
}

/** What takes the focus in a question: the answer that is chosen, else the first one, or the field. */
function controlOf(question) {
  return chosen(question) ?? radios(question)[0] ?? question.querySelector("input, textarea");
}

function openOnes() {
  return questions().filter((one) => "needed" in one.dataset && !chosen(one));
}

function goTo(question) {
  if (!question) return;
  controlOf(question).focus({ preventScroll: true });
  question.scrollIntoView({ block: "nearest" });
}

function step(question, by) {
  const all = questions();
  goTo(all[all.indexOf(question) + by]);
}

/** Write an answer's words: what stands on its label. */
function wordsOf(radio) {
  return radio.labels[0].innerText.replace(/\s+/g, " ").trim();
}

function answer(question, digit) {
  const radio = radios(question).find((one) => one.dataset.digit === digit);
  if (!radio) {
    announce(`${question.dataset.label}: there is no answer ${digit}.`);
    return;
  }
  radio.checked = true;
  announce(`${question.dataset.label}: ${wordsOf(radio)}.`);
  changed();
  const all = questions();
  const next = all[all.indexOf(question) + 1];
  if (next) goTo(next);
  else radio.focus();
}

function clear(question) {
  const opened = radios(question).find((one) => one.value === "");
  for (const one of radios(question)) one.checked = one === opened;
  announce(`${question.dataset.label}: not answered.`);
  changed();
}

/** Enter: on to the next question; on the last one save, or go to the first that is still open. */
function onward(question) {
  const all = questions();
  if (question !== all.at(-1)) step(question, 1);
  else save();
}

function save() {
  const open = openOnes();
  if (open.length === 0) {
    form.requestSubmit();
    return;
  }
  announce(open.length === 1 ? "One question is still open." : `${open.length} questions are still open.`);
  goTo(open[0]);
}

function changed() {
  touched();
  count();
}

/** A score that was shown for other answers is no longer sent, nor shown for long; the new one is asked for. */
function count() {
  for (const one of form.querySelectorAll("[data-sent]")) one.value = "";
  asked += 1;
  clearTimeout(timer);
  timer = setTimeout(() => score(asked), WAIT);
  slow ||= setTimeout(() => show({ lines: [], sent: {}, words: "Counting…" }), SLOW);
}

function body() {
  const sent = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith("a-") || name === "csrf_token" || name === "version") sent.append(name, value);
  }
  return sent;
}

async function score(turn) {
  let found = null;
  try {
    const answered = await fetch(form.dataset.score, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: body(),
      signal: AbortSignal.timeout(15000),
    });
    if (answered.ok && !answered.redirected) found = await answered.json();
  } catch {
    found = null;
  }
  if (turn !== asked) return;
  show(found ?? { lines: [], sent: {}, words: "No connection: the score is shown after saving." });
}

function show(found) {
  clearTimeout(slow);
  slow = 0;
  byId("total").replaceChildren(...found.lines.map(lineOf), ...(found.words ? [make("p", { className: "muted" }, found.words)] : []));
  for (const one of form.querySelectorAll("[data-sent]")) one.value = found.sent[one.dataset.sent] ?? "";
}

function lineOf(one, at) {
  const parts = [make("span", { className: "small" }, one.label), " ", make("b", { className: "num" }, one.value), " ", make("span", { className: "small muted" }, one.words)];
  if (one.flag) parts.push(" ", make("span", { className: "warn-text small" }, one.flag));
  const line = make("p", { className: "scale-score" }, ...parts);
  if (at === 0) line.dataset.first = "";
  return line;
}

function onKey(event) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    save();
    return;
  }
  const question = event.target.closest?.("[data-question]");
  if (!question || event.ctrlKey || event.metaKey || event.target.matches("textarea")) return;
  const picks = radios(question).length > 0;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") step(question, event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter") onward(question);
  else if (picks && /^[0-9]$/.test(event.key)) {
    // A key that is held down must not answer the questions that follow.
    if (!event.repeat) answer(question, event.key);
  } else if (picks && (event.key === "Backspace" || event.key === "Delete")) clear(question);
  else return;
  event.preventDefault();
}

form.addEventListener("keydown", onKey);
form.addEventListener("change", (event) => {
  if (event.target.closest("[data-question]")) changed();
});
form.addEventListener("input", (event) => {
  if (event.target.matches('[data-question] input[inputmode]')) changed();
});

for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;
if (document.querySelector(".error-summary")) byId("errors")?.focus();
else goTo(openOnes()[0] ?? questions()[0]);
count();
document.documentElement.dataset.ready = "";
