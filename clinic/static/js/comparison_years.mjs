// The years as a slider: sessions are fetched some at a time, drawn by the server, and shown one after the other.
// Without this file the list of sessions leads to each of them.

import { make, pageOf } from "./face_chart/dom.mjs";

const BEAT = 1600; // milliseconds a session is shown
const years = document.getElementById("years");
const links = [...document.querySelectorAll("#years-list a")];
const fetched = new Map();
const narrow = matchMedia("(max-width: 700px)"); // as the style sheet has it
let at = Number(years?.dataset.at);
let playing = 0;

/** The session with a number, or null without an answer. */
async function frame(number) {
  const size = Number(years.dataset.bundle);
  const part = Math.floor((number - 1) / size);
  if (!fetched.has(part)) fetched.set(part, pageOf(`${years.dataset.frames}?part=${part}&size=${narrow.matches ? "narrow" : "wide"}`));
  const page = await fetched.get(part);
  if (page?.body.dataset.patient !== years.dataset.patient) {
    fetched.delete(part);
    return null;
  }
  // Numbers shift when a session is signed, amended or voided meanwhile: what comes back must be the session of the link.
  return page.querySelector(`[data-frame="${number}"][data-session="${links[number - 1].dataset.session}"]`);
}

/** Show a session; only the newest wish is shown, and without an answer its own page is opened. */
async function show(number) {
  at = number;
  slider.value = String(number);
  const words = links[number - 1].textContent;
  slider.setAttribute("aria-valuetext", `Session ${number} of ${links.length}, ${words}`);
  label.textContent = words;
  for (const [index, link] of links.entries()) {
    if (index === number - 1) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const found = await frame(number);
  if (at !== number) return;
  if (!found) {
    location.assign(links[number - 1].href);
    return;
  }
  put(`.compare-face .only-${narrow.matches ? "narrow" : "wide"}`, found.querySelector("[data-face]"));
  put("#years-text", found.querySelector("[data-years-text]"));
}

function put(selector, source) {
  document.querySelector(selector).replaceChildren(...[...source.cloneNode(true).childNodes].map((node) => document.adoptNode(node)));
}

function step(by) {
  const next = Math.min(links.length, Math.max(1, at + by));
  if (next !== at) show(next);
  return next;
}

function stop() {
  clearInterval(playing);
  playing = 0;
  play.textContent = "Play";
}

/** From the present session on, or from the first when the last is shown. */
function start() {
  if (at === links.length) show(1);
  play.textContent = "Pause";
  playing = setInterval(() => step(1) === links.length && stop(), BEAT);
}

narrow.addEventListener("change", () => {
  fetched.clear();
  if (links.length > 1) show(at);
});

const slider = make("input", { type: "range", min: "1", max: String(links.length || 1), step: "1", value: String(at || 1), id: "years-slider", oninput: () => (stop(), show(Number(slider.value))) });
const label = make("b", { className: "num" });
const button = (text, onclick) => make("button", { type: "button", className: "button", textContent: text, onclick });
const play = button("Play", () => (playing ? stop() : start()));

if (years && links.length > 1) {
  label.textContent = links[at - 1].textContent;
  slider.setAttribute("aria-valuetext", label.textContent);
  const heading = make("label", { className: "field-label", htmlFor: "years-slider", textContent: "Session " });
  heading.append(label);
  const buttons = make("div", { className: "form-actions" }, button("Previous", () => (stop(), step(-1))), button("Next", () => (stop(), step(1))));
  // Nothing moves by itself for those who asked for stillness; the slider and the buttons are theirs.
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) buttons.append(play);
  document.getElementById("years-bar").append(heading, slider, buttons);
}
