// The cover of a locked page: whose session it is, the password, and the way out for somebody else. Nothing of a patient.

import { make } from "./face_chart/dom.mjs";

/** The dialog; `data-wrong` takes what went wrong, `data-ended` shows how to go on when the session is over. */
export function drawn(name, username, token) {
  const title = make("h1", { id: "lock-title", textContent: "Locked" });
  const cover = make("dialog", { className: "lock stack" }, unlocking(title, name, username), leaving(name, token));
  cover.setAttribute("aria-labelledby", title.id);
  return cover;
}

function unlocking(title, name, username) {
  const who = make("input", { type: "text", className: "visually-hidden", value: username, autocomplete: "username", tabIndex: -1, readOnly: true });
  who.setAttribute("aria-hidden", "true");
  const password = make("input", { type: "password", id: "lock-password", autocomplete: "current-password", autofocus: true });
  password.setAttribute("aria-describedby", "lock-wrong");
  const wrong = make("p", { className: "stop-text", id: "lock-wrong" });
  wrong.dataset.wrong = "";
  wrong.setAttribute("role", "alert");
  const label = make("label", { className: "field-label", htmlFor: password.id, textContent: `Password of ${name}` });
  const unlock = make("button", { type: "submit", className: "button button-primary", textContent: "Unlock" });
  return make(
    "form",
    { className: "form", noValidate: true },
    title,
    make("p", {}, `${name} is signed in here. The page is kept as it is, and what is not saved yet waits in it.`),
    who,
    make("div", { className: "field" }, label, password, wrong),
    make("div", { className: "form-actions" }, unlock),
    afterEnd(),
  );
}

function afterEnd() {
  const link = make("a", { className: "button", href: "/sign-in", target: "_blank", rel: "noopener", textContent: "Sign in in a new tab" });
  const again = make("button", { type: "button", className: "button", textContent: "I am signed in: go on" });
  again.dataset.again = "";
  const ended = make("div", { className: "form-actions", hidden: true }, link, again);
  ended.dataset.ended = "";
  return ended;
}

function leaving(name, token) {
  return make(
    "form",
    { className: "section", method: "post", action: "/account/leave" },
    make("input", { type: "hidden", name: "csrf_token", value: token }),
    make("p", { className: "muted small" }, `Not you? This signs ${name} out. What this page still holds unsaved is lost then.`),
    make("button", { type: "submit", className: "button button-quiet", textContent: "Sign in as somebody else" }),
  );
}
