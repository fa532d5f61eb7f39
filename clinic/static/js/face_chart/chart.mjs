// The chart: face and table are two views of one list of sites, each showing the other's changes at once.

import { renderHistory } from "./acts.mjs";
import { listen } from "./controls.mjs";
import { Crosshair } from "./crosshair.mjs";
import { announce, byId } from "./dom.mjs";
import { Editor } from "./editor.mjs";
import { clearErrors } from "./forms.mjs";
import { Face } from "./face.mjs";
import { hit, position } from "./geometry.mjs";
import * as render from "./render.mjs";
import { Sessions } from "./sessions.mjs";
import { ShorthandLine } from "./shorthand.mjs";
import { uncheckedWords, waitingWords } from "./queue.mjs";
import { NEW, addedId, crossed, doseWords, edited, laidOver, mirrored, moved, named, siteWords, words } from "./state.mjs";

const NUDGED = 400;

function onlyOne(syringes) {
  return syringes.length === 1 ? syringes[0].id : "";
}

export class Chart {
  constructor(queue, state, { page, geometry }) {
    this.queue = queue;
    this.base = page;
    this.state = state;
    this.sites = state.sites;
    this.amends = byId("chart").hasAttribute("data-amends");
    this.ids = new Map();
    this.made = 0;
    this.selected = null;
    this.units = "";
    this.unitsOf = "";
    this.syringe = onlyOne(state.syringes);
    this.face = new Face({
      place: (x, y, choice, site) => (site ? this.choose(site.id, choice) : this.place(x, y, choice)),
      select: (id) => this.select(id),
      move: (id, x, y) => this.move(id, x, y),
      locked: (site) => this.locked(site),
      armed: () => this.units !== "",
      take: (ghost) => this.sessions.take(ghost),
    });
    this.face.adopt(state.sites);
    this.editor = new Editor({
      save: (id, values) => this.edit(id, values),
      add: (values, form) => this.addNamed(values, form),
      remove: (id) => this.remove(id),
      syringes: () => this.state.syringes,
      closed: (id) => (byId(`site-${id}`)?.querySelector('[data-act="edit"]') ?? this.face.svg).focus({ preventScroll: true }),
    });
    this.crosshair = new Crosshair(this.face);
    this.sessions = new Sessions(this);
    render.adoptMarks();
    this.keys = listen(this);
    this.line = new ShorthandLine(this);
    this.#load(geometry);
    for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
    this.#openAsked();
    render.renderVials(state, this.syringe);
    render.renderPicks(state);
  }

  // ---- what stands

  /** Show the list of sites as it is now. */
  render() {
    this.face.steady(() => this.#rendered());
  }

  #rendered() {
    this.sites = laidOver(this.state.sites, this.queue.unsaved, waitingWords(this.queue));
    if (!this.#site(this.selected)) this.selected = null;
    render.renderRows(this.sites, this.state, this.selected, this.amends);
    this.editor.follow(this.#site(this.editor.id));
    this.face.render(this.sites, this.selected);
    render.renderTotals(this.state, uncheckedWords(this.queue));
    renderHistory(this);
    this.sessions.render();
    this.crosshair.follow();
    this.line.render();
  }

  /** Take over the server's state as an answer to a change. */
  answered(op, data) {
    if (op.kind === "site" && op.site.startsWith(NEW)) this.#settle(op.site, addedId(this.state.sites, data.sites));
    const before = this.state;
    const more = data.syringes.length > before.syringes.length;
    this.stands(data);
    this.line.answered(op, data);
    if (more) this.draw(data.syringes.at(-1).id);
    const site = op.kind === "site" && this.#site(this.ids.get(op.site) ?? op.site);
    // What was said when it was done is said again only where the server decided otherwise.
    if (site && op.text !== siteWords(site)) announce(siteWords(site));
    op.done?.(before, data);
    this.keys.goOn();
  }

  /** Take over what stands on the server. */
  stands(state) {
    this.face.steady(() => this.#stands(state));
  }

  #stands(state) {
    this.state = state;
    if (!state.syringes.some((one) => one.id === this.syringe)) this.syringe = onlyOne(state.syringes);
    this.#putDownForeign();
    render.renderFindings(state);
    render.renderVials(state, this.syringe);
    render.renderSteps(state);
    render.renderPicks(state);
    this.render();
  }

  #settle(before, after) {
    if (!after) return;
    this.ids.set(before, after);
    this.queue.rename(before, after);
    this.face.rename(before, after);
    this.editor.rename(before, after);
    const row = byId(`site-${before}`);
    if (row) Object.assign(row, { id: `site-${after}` }).dataset.site = after;
    if (this.selected === before) this.selected = after;
  }

  /** The fields of a change with the lasting id of its site. */
  resolved(op) {
    if (op.kind !== "site") return op.fields;
    const id = this.ids.get(op.site) ?? op.site;
    return { ...op.fields, site_id: id.startsWith(NEW) ? "" : id };
  }

  /** Where a change is sent. */
  address(op) {
    if (op.kind === "site") return `${this.base}/sites`;
    if (op.kind === "remove") return `${this.base}/sites/${this.ids.get(op.site) ?? op.site}/remove`;
    return op.url;
  }

  /** Show why a change of a site was refused, where it can be mended. */
  refused(op) {
    this.render();
    if (op.barrier) {
      this.keys.forget();
      this.queue.drop((one) => one === op);
      op.refused(op);
      return;
    }
    const site = this.#site(op.site);
    if (!site || op.kind !== "site") return;
    this.editor.refuse(site, op.errors, op.message);
    this.say(`Not saved: ${op.message}`);
  }

  #site(id) {
    return this.sites.find((site) => site.id === id);
  }

  /** Whether a site takes no change: it is given. */
  locked(site) {
    return site.status === "given" && !this.amends;
  }

  // ---- what a person does

  /** Place a site of the brush's dose; `choice` names a muscle other than the first one there. */
  place(x, y, choice = null) {
    const missing = this.#missing();
    if (missing) {
      this.say(missing);
      return;
    }
    const found = choice ?? (this.face.geometry ? named(this.face.geometry, hit(this.face.geometry, x, y, this.face.view.deep)) : {});
    const asked = choice ? { muscle: choice.muscle, sub_site: choice.sub_site ?? "" } : {};
    const fields = { x: String(x), y: String(y), units: this.units, syringe_id: this.syringe, deep: this.face.view.deep ? "y" : "", ...asked };
    this.#add(fields, { x, y, units: this.units, syringe_id: this.syringe, syringe: this.#letter(), ...found });
  }

  /** What must be chosen before a tap can place a site: nothing is assumed, neither dose nor product. */
  #missing() {
    if (!this.units) return "Choose a dose first: then each tap places one site.";
    return this.noSyringe();
  }

  /** What to choose first where several syringes could be meant. */
  noSyringe() {
    return this.state.syringes.length > 1 && !this.syringe ? "Choose the syringe to chart with: “Chart with A” or another." : "";
  }

  /** Send a change of the whole list. Nothing overtakes it; `done(before, after)` gets both states, `refused(op)` the refusal. */
  act(path, fields, more) {
    if (this.#asked(() => true)) return;
    this.queue.add({ kind: "act", barrier: true, url: `${this.base}/${path}`, fields, ...more });
  }

  /** Whether two versions wait for a choice, as it says then: what is changed meanwhile would be of neither. */
  #asked(which) {
    const asked = this.queue.ops.some((op) => op.asked && which(op));
    if (asked) this.say("This visit was changed meanwhile. Choose first what stands.");
    return asked;
  }

  /** Whether a change of the whole list is under way: what its numbers mean afterwards is not known yet. */
  busy() {
    return this.queue.ops.some((op) => op.barrier);
  }

  /** The chosen site, or null. */
  get chosen() {
    return this.#site(this.selected) ?? null;
  }

  #letter() {
    return this.state.syringes.find((one) => one.id === this.syringe)?.letter ?? "";
  }

  #add(fields, look) {
    this.made += 1;
    const id = `${NEW}${this.made}`;
    this.selected = id;
    this.queue.add({ kind: "site", site: id, merge: `site:${id}`, fields, look, text: `${words(look) || "a site"}, ${doseWords(look.units)}` });
    this.face.hint(`${words(look)}: ${doseWords(look.units)}`);
  }

  /** Add a site by its name. */
  addNamed(values, form) {
    clearErrors(form);
    this.queue.drop((op) => op.errors && op.form === form);
    const at = this.face.geometry && position(this.face.geometry, values.muscle, values.sub_site || null, values.side || "midline");
    if (!at) {
      // Without a place to show it at, only the server can say what is missing.
      this.queue.add({ kind: "form", form, url: form.action, fields: Object.entries(values) });
      return;
    }
    const place = named(this.face.geometry, { muscle: values.muscle, subSite: values.sub_site || null, side: values.side || "midline" });
    this.#add({ ...values }, { x: at[0], y: at[1], ...place, units: values.units, note: values.note, syringe: "" });
    form.elements.units.select();
  }

  /** Choose a site, or none. */
  select(id) {
    this.selected = id;
    this.render();
    const site = this.#site(id);
    if (!site) return;
    this.face.hint(`${siteWords(site)}. ${this.locked(site) ? "Given." : "Drag moves it, Enter changes it, Delete removes it."}`);
    announce(siteWords(site));
  }

  /** Change a site, and say so. */
  change(site, { fields, look }, said = "", due = 0) {
    if (this.#asked((op) => op.site === site.id)) return;
    const now = { ...site, ...look, status: site.status === "copied" ? "planned" : site.status };
    this.queue.add({ kind: "site", site: site.id, merge: `site:${site.id}`, fields, look, due, text: siteWords(now) });
    this.say(said || siteWords(now));
  }

  /** The chosen site if it may change; says why when it may not. */
  changeable() {
    const site = this.chosen;
    if (!site) this.say("Choose a site first: tap its mark, or press N, or S and its number.");
    else if (this.locked(site)) this.say(`Site ${site.number} is marked given. Take the mark back to change it.`);
    return site && !this.locked(site) ? site : null;
  }

  /** Say something in the line below the face and to a screen reader. */
  say(text) {
    this.face.hint(text);
    announce(text);
  }

  /** Move a site to a point. */
  move(id, x, y, due = 0) {
    this.selected = id;
    const site = this.#site(id);
    if (!site) return; // It was taken away while it was dragged.
    const change = moved(this.face.geometry, site, ...crossed(this.face.geometry, [x, y], 0, 0));
    this.change(site, change, "", due);
  }

  /** Give a site the muscle that was chosen among those under it. */
  choose(id, choice) {
    const site = this.#site(id);
    if (!site || this.locked(site)) return;
    const { fields } = moved(null, site, site.x, site.y);
    const place = { muscle: choice.muscle, sub_site: choice.sub_site ?? "" };
    this.change(site, { fields: { ...fields, ...place }, look: { ...choice } });
  }

  /** Save what the form of a site says. */
  edit(id, values) {
    const site = this.#site(id);
    if (site) this.change(site, edited(this.face.geometry, site, values));
  }

  /** Remove a planned site. */
  remove(id) {
    const site = this.#site(id);
    if (!site || this.locked(site) || this.#asked((op) => op.site === id)) return;
    this.editor.close(false);
    const unsent = this.queue.unsaved.some((op) => op.site === id && !this.state.sites.some((one) => one.id === id) && (!op.sent || op.errors));
    if (unsent) this.queue.drop((op) => op.site === id);
    else this.queue.add({ kind: "remove", site: id, merge: `remove:${id}`, fields: {}, text: `remove ${siteWords(site)}` });
    this.say(`Site ${site.number} removed.`);
  }

  /** Chart from a syringe. */
  draw(id) {
    this.syringe = id;
    this.#putDownForeign();
    render.renderVials(this.state, id);
    for (const field of document.querySelectorAll("[data-from], #add-syringe_id")) field.value = id;
  }

  get #product() {
    return this.state.syringes.find((one) => one.id === this.syringe);
  }

  /** A dose was taken for the product that was charted with then: with another one it is put down. */
  #putDownForeign() {
    const now = this.#product;
    if (!this.units || !now) return;
    if (!this.unitsOf) this.unitsOf = now.product;
    if (this.unitsOf === now.product) return;
    this.dose("");
    this.say(`Units of one product are not those of another: choose a dose of ${now.product_name}.`);
  }

  /** Take a dose for the next sites. */
  dose(units) {
    this.units = units;
    this.unitsOf = units ? this.#product?.product ?? "" : "";
    for (const chip of document.querySelectorAll("[data-dose]")) chip.setAttribute("aria-pressed", String(chip.dataset.dose === units));
    const other = byId("brush-other");
    if (other.value.trim() !== units) other.value = "";
    if (units) this.say(`${doseWords(units)}: each tap places one site.`);
  }

  /** Choose the next site, or the one before. */
  step(by) {
    const at = this.sites.findIndex((site) => site.id === this.selected);
    const from = at < 0 && by < 0 ? 0 : at;
    const next = this.sites[(from + by + this.sites.length) % (this.sites.length || 1)];
    if (next) this.select(next.id);
  }

  /** Move the chosen site by hundredths of a unit of the drawing, as it is seen. */
  nudge(dx, dy, by) {
    if (this.crosshair.on || (this.face.zoomed && !this.chosen)) {
      if (this.crosshair.on) this.crosshair.move(dx, dy, by);
      else this.face.pan(dx, dy);
      return;
    }
    const site = this.changeable();
    if (site) this.move(site.id, site.x + (this.face.view.mirror ? -dx : dx) * by, site.y + dy * by, Date.now() + NUDGED);
  }

  /** Move the chosen site to the patient's other side. */
  mirror() {
    const site = this.changeable();
    const change = site && mirrored(site);
    if (change) this.change(site, change);
    else if (site) this.say("This site lies on the midline.");
  }

  /** Offer the muscles under the chosen site, or under the pointer. */
  under() {
    const site = this.crosshair.on ? null : this.chosen;
    const point = this.crosshair.on ? this.crosshair.at : site ? [site.x, site.y] : this.face.point;
    this.face.list(point, (choice) => (site ? this.choose(site.id, choice) : this.place(...point, choice)));
  }

  /** Open the form of a site: of the chosen one, unless one is named. */
  openEditor(id = this.selected) {
    this.selected = id;
    const site = this.changeable();
    this.render();
    if (site) this.editor.open(site);
  }

  async #load(address) {
    try {
      this.face.geometry = await (await fetch(address)).json();
    } catch {
      this.say("The names of the muscles are not there; the server names each site when it is saved.");
    }
  }

  #openAsked() {
    const asked = new URLSearchParams(location.search).get("site");
    for (const row of document.querySelectorAll("#site-table .row-edit")) row.remove();
    if (!asked) return;
    history.replaceState(null, "", location.pathname + location.hash);
    if (this.#site(asked)) this.openEditor(asked);
  }
}
