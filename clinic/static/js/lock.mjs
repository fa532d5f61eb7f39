// The idle lock: after a time without a hand on any page of the session the screen is covered, and its owner's password
// uncovers it with everything still in place. What is unsaved is sent to the server first. Nothing is stored in the browser.

import { activity, automatic } from "./activity.mjs";
import { ask, make, write } from "./face_chart/dom.mjs";
import { drawn } from "./lock_cover.mjs";

const EVERY = 1000;
const WARN = 60000;
const FLUSH = 10000;
const REPORT = 60000;
const WAIT = 15000;
const root = document.documentElement;
const whose = document.getElementById("lock").dataset;
const user = whose.user;
const idle = Number(whose.idleSeconds) * 1000;
const tabs = new BroadcastChannel("clinic-activity");
const warning = make("p", { className: "flash flash-warn lock-soon", hidden: true });
warning.setAttribute("role", "status");
document.body.append(warning);

let cover = null;
let alone = false;
let before = null;
let reported = Date.now();
let told = 0;
let flushed = false;

function tick() {
  if (cover) return;
  const left = activity.last + idle - Date.now();
  if (left <= 0) return void lock();
  warning.hidden = left > WARN;
  write(warning, left > WARN ? "" : "This screen locks in 1 minute. Touch it, or press a key, to stay.");
  if (left > FLUSH) flushed = false;
  else if (!flushed) flush();
  share();
}

/** Let the server and the other pages of this session know that somebody is here. */
function share() {
  if (activity.last > told + EVERY) {
    told = activity.last;
    tabs.postMessage({ user, last: activity.last });
  }
  if (activity.last > reported && Date.now() - reported >= REPORT) {
    reported = Date.now();
    post("/account/active", {}, {}).catch(() => {});
  }
}

function flush() {
  flushed = true;
  document.dispatchEvent(new Event("clinic:flush"));
}

function token() {
  return document.querySelector('input[name="csrf_token"]').value;
}

function post(address, values, headers = automatic({})) {
  const body = new URLSearchParams({ csrf_token: token(), ...values });
  return fetch(address, { method: "POST", body, headers: { Accept: "application/json", ...headers }, signal: AbortSignal.timeout(WAIT) });
}

/** Cover the page, after sending what is unsaved. */
async function lock() {
  if (cover) return;
  flush();
  show();
  // A page in the background may have slept through what was done on another: it covers itself and no more.
  alone = document.visibilityState === "hidden";
  if (alone) return;
  tabs.postMessage({ user, locked: true });
  await post("/account/lock", {}).catch(() => {});
}

/** Put the cover over a page of which nothing can be seen, reached or printed. */
function show() {
  if (cover) return;
  before = { focus: document.activeElement, top: scrollY, title: document.title };
  warning.hidden = true;
  cover = drawn(whose.name, whose.username, token());
  cover.addEventListener("cancel", (event) => event.preventDefault());
  cover.addEventListener("close", () => cover?.isConnected && cover.showModal());
  cover.querySelector("form").addEventListener("submit", unlock);
  root.dataset.locked = "";
  document.title = "Locked · Synkinesis";
  document.body.append(cover);
  cover.showModal();
}

async function unlock(event) {
  event.preventDefault();
  const field = cover.querySelector('[type="password"]');
  const button = cover.querySelector('[type="submit"]');
  if (button.disabled) return;
  button.disabled = true;
  const answer = await post("/account/unlock", { password: field.value, user }, {}).catch(() => null);
  const data = (await answer?.json().catch(() => null)) ?? {};
  button.disabled = false;
  field.value = "";
  if (answer?.ok && !answer.redirected) return void uncover(true);
  if (!answer) say("The server does not answer. The page is kept; try again in a moment.");
  else if (data.fields) say(Object.values(data.fields).join(" "));
  else if ([400, 401].includes(answer.status) || answer.redirected) ended();
  else say(data.message ?? "Not unlocked. Try again in a moment.");
  field.focus();
}

function say(text) {
  write(cover.querySelector("[data-wrong]"), text);
}

/** The session is over: the same person signs in elsewhere, and this page goes on under the new one. */
function ended() {
  say("This session has ended. Sign in as the same person in a new tab, then go on here. The page is kept as it is.");
  cover.querySelector("[data-ended]").hidden = false;
  cover.querySelector("[data-again]").onclick = again;
}

async function again() {
  const found = await ask("GET", "/account/sessions");
  const other = found?.status === 200 && found.page.getElementById("lock");
  if (!other) return say("Still signed out. The page is kept as it is.");
  if (other.dataset.user !== user) return say("Somebody else is signed in now. This page stays covered; they can open the first page.");
  const fresh = found.page.querySelector('input[name="csrf_token"]').value;
  for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = fresh;
  return uncover(true);
}

function uncover(tell) {
  if (!cover) return;
  const gone = cover;
  cover = null;
  alone = false;
  gone.close();
  gone.remove();
  delete root.dataset.locked;
  document.title = before.title;
  scrollTo(0, before.top);
  before.focus?.focus?.({ preventScroll: true });
  activity.last = Math.max(activity.last, tell ? Date.now() : 0);
  flushed = false;
  document.dispatchEvent(new Event("clinic:unlocked"));
  if (tell) tabs.postMessage({ user, unlocked: true, last: activity.last });
}

tabs.addEventListener("message", ({ data }) => {
  if (data.user !== user) return;
  if (data.locked) {
    show();
    alone = false;
  }
  else if (data.unlocked) {
    activity.last = Math.max(activity.last, data.last);
    uncover(false);
  }
  else if (data.last > activity.last) {
    activity.last = told = data.last;
    if (alone) uncover(false);
  }
});

/** A page that comes back from the browser's memory asks who is signed in now: it is shown to its own person only. */
async function returned(event) {
  tick();
  if (!event.persisted) return;
  root.dataset.locked = "";
  const found = await ask("GET", "/account/sessions");
  if (cover) return;
  if (found?.status === 401) return show();
  if (found && found.page?.getElementById("lock")?.dataset.user !== user) return void location.reload();
  delete root.dataset.locked;
}

setInterval(tick, EVERY);
document.addEventListener("visibilitychange", tick);
addEventListener("focus", tick);
addEventListener("pageshow", returned);
document.addEventListener("clinic:locked", show);
