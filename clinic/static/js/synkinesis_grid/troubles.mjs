// What is said when a change could not be saved: signed out, changed in another window, refused. Nothing is lost unsaid.

import { announce, byId, make, pageOf } from "../face_chart/dom.mjs";

/** Show what keeps the queue from saving, once each time it changes; `take(page)` shows what stands on the server. `cells()` names what is not saved. */
export class Troubles {
  constructor(queue, form, { take, cells, settled }) {
    Object.assign(this, { queue, form, take, cells, settled, told: "" });
  }

  show() {
    const { queue } = this;
    const kind = queue.stopped ? queue.trouble.kind : (queue.refused.length && `refused${queue.refused.length}`) || "";
    if (kind === this.told) return;
    this.told = kind;
    byId("notice").replaceChildren();
    if (kind === "signed-out") this.#say("Your session has ended. What you graded is kept on this page.", [link("Sign in in a new tab"), button("I am signed in: save now", () => this.#back())]);
    else if (kind === "stale") this.#stale();
    else if (kind) this.#refused();
  }

  #say(text, acts) {
    const flash = make("div", { className: "flash flash-stop" }, make("div", { className: "stack" }, make("p", {}, text), make("div", { className: "form-actions" }, ...acts)));
    byId("notice").replaceChildren(flash);
    flash.scrollIntoView({ block: "nearest" });
  }

  async #fresh() {
    const fresh = await pageOf(location.href);
    return fresh?.getElementById("grid") ? fresh : null;
  }

  async #back() {
    const fresh = await this.#fresh();
    if (!fresh) return announce("Still signed out.");
    if (fresh.getElementById("grid").dataset.user !== this.form.dataset.user) {
      return this.#say("Somebody else is signed in now. What you graded is not saved under another name: write it down, then load the page again.", []);
    }
    const token = fresh.querySelector('[name="csrf_token"]').value;
    for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = token;
    return this.#go(() => this.queue.resume());
  }

  /** What was asked for is done; the button that asked goes, so the focus goes back to the cells. */
  #go(act) {
    act();
    this.settled();
  }

  async #stale() {
    const fresh = await this.#fresh();
    if (!fresh) {
      this.#say("This grid was changed in another window, and the visit is no draft any more or the server does not answer. What is not saved is still here.", [button("Try again", () => this.#stale())]);
      return;
    }
    this.take(fresh);
    this.#say(`You changed this grid in another window meanwhile. Nothing was saved over it. Not saved from here: ${this.cells()}.`, [
      button("Save these all the same", () => this.#go(() => this.queue.again())),
      button("Drop these, show what is saved", () => this.#go(() => this.queue.drop())),
    ]);
  }

  #refused() {
    const texts = this.queue.refused.map((op) => `${Object.values(op.errors).join(" ") || op.message}`);
    this.#say(`Not saved: ${texts.join(" ")} Not saved from here: ${this.cells()}.`, [button("Put back what is saved", () => this.#go(() => this.queue.drop((op) => this.queue.refused.includes(op))))]);
  }
}

function button(text, onclick) {
  return make("button", { type: "button", className: "button", textContent: text, onclick });
}

function link(text) {
  return make("a", { className: "button", textContent: text, href: location.href, target: "_blank", rel: "noopener" });
}
