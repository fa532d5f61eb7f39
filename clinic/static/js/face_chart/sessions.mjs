// The patient's earlier sessions: the last one repeated, any of them laid under today's sites and taken over site by site.

import { announce, byId, copyOf, dataOf, fill, keep, write } from "./dom.mjs";
import { fieldsOf } from "./forms.mjs";
import { addedId, brought, doseWords, siteWords, words } from "./state.mjs";

export class Sessions {
  constructor(chart) {
    this.chart = chart;
    this.list = [...(byId("session-days")?.options ?? [])].map((one) => ({ id: one.dataset.session, on: one.label, text: one.dataset.text, touchUp: "touchUp" in one.dataset }));
    this.at = this.list.length - 1;
    this.shown = false;
    this.known = new Map();
    this.current = null;
    this.slider = byId("session-at");
    this.slider?.addEventListener("input", () => this.#go(Number(this.slider.value) - 1));
    byId("session-sites")?.addEventListener("click", (event) => this.#clicked(event));
    byId("repeat-card")?.addEventListener("submit", (event) => this.#submitted(event));
  }

  /** The session that is looked at. */
  get session() {
    return this.list[this.at];
  }

  get #sites() {
    return (this.shown && this.known.get(this.session?.id)?.sites) || [];
  }

  // ---- repeat

  /** The last session that stands for itself: a touch-up only finishes one. */
  get last() {
    return this.list.findLast((one) => !one.touchUp) ?? this.list.at(-1);
  }

  /** Bring the pattern of a session into today's: places and doses, each to be confirmed. The last one, unless named. */
  repeat(session = this.last) {
    const missing = session ? this.chart.noSyringe() : "No earlier session of this patient is on record.";
    if (missing) this.chart.say(missing);
    else this.#bring("repeat", this.#fields(session), `repeat the session of ${session.on}`, this.#brought(session.on));
  }

  #fields(session) {
    return [["source", session.id], ["syringe_id", this.chart.syringe]];
  }

  #brought(from) {
    return (before, after) => {
      const count = after.sites.length - before.sites.length;
      this.chart.select(null);
      this.chart.say(`${count}\u00a0${count === 1 ? "site" : "sites"} brought from ${from}: confirm each.`);
    };
  }

  #bring(path, fields, text, done) {
    this.chart.act(path, fields, { text, done, refused: (op) => {
      const asked = op.errors.without_doses;
      if (asked) this.#ask(asked, () => this.#bring(path, [...fields, ["without_doses", "y"]], text, done));
      else this.chart.say(Object.values(op.errors).join(" ") || op.message);
    } });
  }

  /** The forms beside the vials bring sites too: from the syringe that is charted with, unless they name one. */
  #submitted(event) {
    const form = event.target;
    const path = /\/(repeat|patterns\/\w+\/lay)$/.exec(new URL(form.action).pathname)?.[1];
    if (!path) return;
    event.preventDefault();
    event.stopPropagation();
    const named = form.elements.syringe_id.type !== "hidden";
    const missing = named ? "" : this.chart.noSyringe();
    if (missing) {
      this.chart.say(missing);
      return;
    }
    const fields = fieldsOf(form).map(([name, value]) => [name, name === "syringe_id" && !named ? this.chart.syringe : value]);
    const session = this.list.find((one) => one.id === form.elements.source?.value);
    const from = session ? session.on : "your pattern";
    this.#bring(path, fields, session ? `repeat the session of ${from}` : "lay a pattern", this.#brought(from));
  }

  /** Units of one product are not those of another: ask before the places are brought without them. */
  #ask(message, go) {
    const dialog = byId("without-doses");
    fill(dialog, { message });
    dialog.returnValue = "";
    dialog.onclose = () => {
      this.chart.face.svg.focus({ preventScroll: true });
      if (dialog.returnValue === "places") go();
      else this.chart.say("Nothing was brought.");
    };
    dialog.showModal();
  }

  // ---- look at

  /** Show the session looked at last, the newest first; or hide it. */
  async toggle() {
    if (!this.list.length) {
      this.chart.say("No earlier session of this patient is on record.");
      return;
    }
    if (this.shown) this.#hide();
    else await this.#go(this.at);
  }

  #hide() {
    this.shown = false;
    this.current = null;
    this.#frame(false);
    this.chart.face.ghost([]);
    this.chart.say("The earlier session is hidden.");
  }

  #frame(shown) {
    byId("session-bar").hidden = !shown;
    const chip = document.querySelector('[data-toggle="ghost"]');
    chip.setAttribute("aria-pressed", String(shown));
    chip.setAttribute("aria-expanded", String(shown));
  }

  /** Walk to an earlier session (-1) or a later one (1). */
  async walk(by) {
    const to = this.shown ? this.at + by : this.at;
    if (this.list[to]) await this.#go(to);
    else this.chart.say(this.list.length ? `There is no ${by < 0 ? "earlier" : "later"} session on record.` : "No earlier session of this patient is on record.");
  }

  async #go(to) {
    this.at = to;
    this.current = null;
    const { session } = this;
    this.shown = true;
    this.#frame(true);
    this.slider.value = String(to + 1);
    const name = `Session of ${session.on}, ${to + 1} of ${this.list.length}`;
    this.slider.setAttribute("aria-valuetext", name);
    // Its name stands before its sites are there: "Repeat this session" always means the one that is named.
    fill(byId("session-bar"), { name, on: session.on, text: session.text });
    if (!this.known.has(session.id)) this.#draw();
    const found = await this.#fetched(session);
    if (this.session !== session || !this.shown || !found) return;
    this.#draw();
    this.chart.say(`${name}: ${session.text}.`);
  }

  #draw() {
    this.chart.face.ghost(this.#sites);
    this.render();
  }

  async #fetched({ id, on }) {
    if (this.known.has(id)) return this.known.get(id);
    const found = await dataOf(`${this.chart.base}/earlier/${id}`);
    if (found) this.known.set(id, { ...found, sites: found.sites.map((site) => ({ ...site, from: on })) });
    else this.chart.say(`The session of ${on} could not be fetched. Try again.`);
    return found;
  }

  /** Bring the list of its sites in step: what stands here already is not offered again. */
  render() {
    if (!this.shown) return;
    const here = brought(this.#sites, this.chart.sites);
    keep(byId("session-sites").querySelector("tbody"), "ghost", this.#sites, (one) => one.id, () => copyOf("session-site"), (row, one) => {
      fill(row, { ...one, units: one.units || "dose?" });
      row.classList.toggle("is-on", one === this.current);
      const button = row.querySelector('[data-act="take"]');
      button.disabled = here.has(one.id);
      write(button.firstElementChild, here.has(one.id) ? "Taken" : "Take");
    });
  }

  // ---- take over

  /** Go to the next or the previous site of the session that is shown. */
  async step(by) {
    if (!this.shown) await this.toggle();
    const sites = this.#sites;
    if (!sites.length) return;
    const at = sites.indexOf(this.current);
    this.current = sites[((at < 0 && by < 0 ? 0 : at) + by + sites.length) % sites.length];
    this.render();
    const taken = brought([this.current], this.chart.sites).size ? " It is taken already." : "";
    this.chart.say(`From ${this.current.from}: site ${this.current.number}, ${words(this.current)}, ${doseWords(this.current.units)}.${taken}`);
  }

  /** Take the site stepped to, else the one near the pointer or the crosshair, else the next in order. */
  async takeNext(point) {
    if (!this.shown) {
      await this.toggle();
      return;
    }
    const here = brought(this.#sites, this.chart.sites);
    const next = this.current ?? this.chart.face.ghostNear(point) ?? this.#sites.find((one) => !here.has(one.id));
    if (next && here.has(next.id)) this.chart.say(`Site ${next.number} of ${next.from} is taken already.`);
    else if (next) this.take(next);
    else this.chart.say("Every site of that session is taken.");
  }

  /** Take one site over as it was; it is to be confirmed. */
  take(ghost) {
    const missing = this.chart.noSyringe();
    if (missing) {
      this.chart.say(missing);
      return;
    }
    this.current = null;
    const fields = [...this.#fields(this.session), ["site", ghost.id]];
    this.#bring("repeat", fields, `take a site over from ${ghost.from}`, (before, after) => {
      const id = addedId(before.sites, after.sites);
      this.chart.select(id);
      const site = after.sites.find((one) => one.id === id);
      if (site) announce(siteWords(site));
    });
  }

  #clicked(event) {
    const row = event.target.closest('[data-act="take"]')?.closest("[data-ghost]");
    if (row) this.take(this.#sites.find((one) => one.id === row.dataset.ghost));
  }
}
