// A form that is saved as a whole: leaving it with answers that are not saved asks first, and before it is sent the server
// is asked whether it is there and still knows who is signed in, because the page of a failed sending gives nothing back.

import { make, pageOf } from "./face_chart/dom.mjs";

const WAIT = 15000;
const ANOTHER = 10000;

/** Guard a form, and give what says that something was entered without an event; `data-check` is an address that only somebody signed in is shown, `data-user` who fills the form in, `data-page` the address that shows the form, where a refused one stands under another, and `data-clean` stands on a form beside the refused one. */
export function guard(form) {
  const notice = make("div", { className: "section" });
  notice.setAttribute("role", "alert");
  let dirty = document.querySelector(".error-summary") !== null && !("clean" in form.dataset);
  let busy = false;
  let passed = false;

  function say(text, ...acts) {
    const flash = make("div", { className: "flash flash-stop" }, make("div", { className: "stack" }, make("p", {}, text), make("div", { className: "form-actions" }, ...acts)));
    notice.replaceChildren(flash);
    form.before(notice);
    flash.scrollIntoView({ block: "nearest" });
  }

  /** Send the form as it stands; a second press within some seconds is the same sending. */
  function pass(submitter) {
    notice.remove();
    passed = true;
    form.requestSubmit(submitter);
    setTimeout(() => { passed = busy = false; }, ANOTHER);
  }

  async function check(submitter) {
    const found = await asked(form.dataset.check);
    if (found === "ready") return pass(submitter);
    if (found === "locked") return document.addEventListener("clinic:unlocked", () => pass(submitter), { once: true });
    busy = false;
    if (found === "silent") return say("Not saved: the server does not answer. What you entered is still here; save again in a moment.");
    return signedOut("Not saved: your session has ended. What you entered is still here.", submitter);
  }

  function signedOut(text, submitter) {
    const link = make("a", { className: "button", textContent: "Sign in in a new tab", href: "/", target: "_blank", rel: "noopener" });
    const go = make("button", { type: "button", className: "button", textContent: "I am signed in: save now", onclick: () => back(submitter) });
    say(text, link, go);
  }

  /** Save under the new session, when it is the same person's. */
  async function back(submitter) {
    const fresh = await pageOf(form.dataset.page ?? location.href);
    const now = [...(fresh?.forms ?? [])].find((one) => one.id === form.id);
    if (!now) return signedOut("Still signed out. What you entered is still here.", submitter);
    if (now.dataset.user !== form.dataset.user) {
      return say("Somebody else is signed in now. What you entered is not saved under another name: write it down, then load the page again.");
    }
    form.elements.csrf_token.value = now.elements.csrf_token.value;
    return pass(submitter);
  }

  for (const kind of ["input", "change"]) form.addEventListener(kind, () => { dirty = true; });
  form.addEventListener("submit", (event) => {
    if (passed) return;
    event.preventDefault();
    if (!busy) check(event.submitter);
    busy = true;
  });
  addEventListener("pageshow", () => { passed = busy = false; });
  addEventListener("beforeunload", (event) => {
    if (dirty && !passed) event.preventDefault();
    // Another form of the page may keep it: then this one was not sent.
    if (passed) setTimeout(() => { if (event.defaultPrevented) passed = busy = false; });
  });
  return () => { dirty = true; };
}

/** "ready", "silent" without an answer, "signed out", "locked" until the password is given. */
async function asked(address) {
  try {
    const answer = await fetch(address, { method: "HEAD", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(WAIT) });
    if (answer.status !== 401) return "ready";
    if (!answer.headers.has("X-Locked")) return "signed out";
    document.dispatchEvent(new Event("clinic:locked"));
    return "locked";
  } catch {
    return "silent";
  }
}
