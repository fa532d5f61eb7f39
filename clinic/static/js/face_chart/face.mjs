// The face: what lies under the pointer, marks that are placed, chosen and dragged, layers and mirror view.

import { byId, make } from "./dom.mjs";
import { hit, inView, snap } from "./geometry.mjs";
import { draw, drawnUnits, encircle, namedSites, newMark, radius, ring } from "./marks.mjs";
import { choices, pointWords, shapeKeys } from "./state.mjs";

const DRAG = 5; // pixels that a finger or a mouse may tremble
const HOLD = 16; // pixels that the pointer goes before a message makes room
const LONG = 550; // milliseconds of a long press
const SLOP = { mouse: 3, pen: 5, touch: 12 };

/** `place(x, y, choice)`, `select(id)` and `move(id, x, y)` are called with whole hundredths of a geometry unit. */
export class Face {
  constructor({ place, select, move, locked }) {
    Object.assign(this, { place, select, move, locked });
    this.svg = byId("face").querySelector("svg");
    this.layer = this.svg.querySelector('[data-layer="marks"]');
    this.ring = ring();
    this.svg.append(this.ring);
    this.view = { mirror: false, deep: false, zones: false };
    this.geometry = null;
    this.sites = [];
    this.point = null;
    this.lit = [];
    this.press = null;
    this.#listen();
  }

  /** Give the marks of the server's drawing the ids of their sites, and take part in the tab order. */
  adopt(sites) {
    const byNumber = new Map(sites.map((site) => [`site:${site.number}`, site]));
    for (const mark of this.layer.querySelectorAll(":scope > [data-key]")) {
      const site = byNumber.get(mark.dataset.key);
      mark.dataset.site = site.id;
      mark.drawn = look(site, false);
    }
    const label = "Face of the patient, seen by you. Tap to place a site; press the question mark for the keys.";
    for (const [name, value] of Object.entries({ tabindex: "0", role: "application", "aria-label": label, "aria-describedby": "face-hint" })) {
      this.svg.setAttribute(name, value);
    }
  }

  /** Bring the marks in step: new ones are added, changed ones redrawn, the others left alone. */
  render(sites, selected) {
    this.sites = sites;
    const old = new Map([...this.layer.children].map((mark) => [mark.dataset.site, mark]));
    for (const site of sites) {
      const mark = old.get(site.id) ?? this.#added(site);
      old.delete(site.id);
      const now = look(site, this.view.mirror);
      if (mark.drawn !== now) {
        draw(mark, site, this.view.mirror);
        mark.drawn = now;
      }
      mark.classList.toggle("is-pending", Boolean(site.pending));
      mark.classList.toggle("is-refused", Boolean(site.refused));
    }
    for (const mark of old.values()) mark.remove();
    encircle(this.ring, sites.find((site) => site.id === selected), this.view.mirror);
  }

  #added(site) {
    const mark = newMark(site);
    // Large marks lie below small ones, so that each can be reached.
    const smaller = [...this.layer.children].find((one) => {
      const other = this.sites.find((known) => known.id === one.dataset.site);
      return other && drawnUnits(other.units) < drawnUnits(site.units);
    });
    this.layer.insertBefore(mark, smaller ?? null);
    return mark;
  }

  /** Call the mark of a new site by its lasting id. */
  rename(before, after) {
    const mark = [...this.layer.children].find((one) => one.dataset.site === before);
    if (mark) mark.dataset.site = after;
  }

  /** Show or hide a layer of the drawing. */
  toggleLayer(name) {
    if (name === "sites" && !this.svg.querySelector('[data-layer="sites"]')) this.#drawSites();
    const layer = this.svg.querySelector(`[data-layer="${name}"]`);
    const shown = layer.getAttribute("display") === "none";
    if (shown) layer.removeAttribute("display");
    else layer.setAttribute("display", "none");
    if (name === "zones") this.view.zones = shown;
    return shown;
  }

  #drawSites() {
    const layer = namedSites(this.geometry?.muscles ?? []);
    if (this.view.mirror) layer.setAttribute("transform", "scale(-1 1)");
    this.layer.before(layer);
  }

  /** Turn the drawing round as the patient sees it; what is stored does not change. */
  toggleMirror() {
    this.view.mirror = !this.view.mirror;
    for (const layer of this.svg.querySelectorAll("[data-layer]:not([data-layer=marks]):not([data-layer=captions])")) {
      if (this.view.mirror) layer.setAttribute("transform", "scale(-1 1)");
      else layer.removeAttribute("transform");
    }
    const [one, other] = this.svg.querySelectorAll('[data-layer="captions"] text');
    [one.textContent, other.textContent] = [other.textContent, one.textContent];
    return this.view.mirror;
  }

  /** Say what lies at a point (or nothing) and light its region. */
  preview(point) {
    this.point = point;
    const shown = point && this.geometry && inView(this.geometry, ...point);
    const keys = shown ? shapeKeys(this.geometry, hit(this.geometry, ...point, this.view.deep)) : [];
    for (const shape of this.lit) shape.classList.remove("is-on");
    this.lit = keys.map((key) => this.svg.querySelector(`[data-layer="muscles"] [data-key="${key}"]`)).filter(Boolean);
    for (const shape of this.lit) shape.classList.add("is-on");
    if (!this.held) this.#write(shown ? pointWords(this.geometry, ...point, this.view) : "");
  }

  /** Say something in the line below the face; it stays until the pointer goes on. */
  hint(text) {
    this.held = this.client ?? null;
    this.#write(text);
  }

  #write(text) {
    byId("face-hint").textContent = text || "\u00a0";
  }

  /** The site whose mark is nearest to an event, within its reach. */
  markAt(event) {
    const at = this.#at(event);
    const scale = this.svg.getScreenCTM().a;
    const reach = (SLOP[event.pointerType] ?? SLOP.touch) / scale;
    const near = this.sites
      .map((site) => ({ site, far: Math.hypot(site.x - at[0], site.y - at[1]) - radius(drawnUnits(site.units)) }))
      .filter((one) => one.far <= reach);
    return near.sort((one, other) => one.far - other.far)[0]?.site ?? null;
  }

  /** Offer what lies under a point to choose from. */
  list(point, chosen) {
    this.closeList();
    if (!point || !this.geometry) return;
    const menu = make("div", { className: "menu", id: "under", role: "menu" });
    menu.setAttribute("aria-label", "What lies under this point");
    for (const one of choices(this.geometry, ...point)) {
      const button = make("button", { type: "button", textContent: one.text, onclick: () => { this.closeList(); chosen(one); } });
      button.setAttribute("role", "menuitem");
      menu.append(button);
    }
    menu.onkeydown = (event) => this.#steer(event, menu);
    byId("face").append(menu);
    this.#putAt(menu, point);
    menu.firstElementChild.focus();
  }

  /** Take the list of muscles away. */
  closeList() {
    const menu = byId("under");
    if (!menu) return false;
    menu.remove();
    this.svg.focus({ preventScroll: true });
    return true;
  }

  #steer(event, menu) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.closeList();
    else if (step) {
      const items = [...menu.children];
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #putAt(menu, [x, y]) {
    const spot = new DOMPoint(this.view.mirror ? -x : x, -y).matrixTransform(this.svg.getScreenCTM());
    const box = byId("face").getBoundingClientRect();
    menu.style.left = `${Math.max(0, Math.min(spot.x - box.left, box.width - menu.offsetWidth))}px`;
    menu.style.top = `${Math.min(spot.y - box.top + 8, box.height - menu.offsetHeight)}px`;
  }

  #at(event) {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [snap(this.view.mirror ? -spot.x : spot.x), snap(-spot.y)];
  }

  #listen() {
    const { svg } = this;
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#moved(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", () => this.#cancel());
    svg.addEventListener("pointerleave", () => { if (!this.press) this.preview(null); });
    // Where a mark lies, a finger drags it; elsewhere it scrolls the page.
    svg.addEventListener("touchstart", (event) => {
      const touch = event.touches[0];
      if (event.touches.length === 1 && this.markAt({ clientX: touch.clientX, clientY: touch.clientY, pointerType: "touch" })) event.preventDefault();
    }, { passive: false });
  }

  #down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const site = this.markAt(event);
    this.press = { x: event.clientX, y: event.clientY, site, dragged: false, at: this.#at(event) };
    if (site) svgCapture(this.svg, event.pointerId);
    this.press.timer = setTimeout(() => this.#long(event.pointerType), LONG);
  }

  #long(kind) {
    const press = this.press;
    if (!press || press.dragged || kind === "mouse") return;
    this.press = null;
    this.list(press.at, (choice) => this.place(...press.at, choice, press.site));
  }

  #moved(event) {
    const press = this.press;
    const far = press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > DRAG;
    if (far) {
      clearTimeout(press.timer);
      press.dragged = true;
    }
    this.client = { x: event.clientX, y: event.clientY };
    if (this.held && Math.hypot(this.client.x - this.held.x, this.client.y - this.held.y) > HOLD) this.held = null;
    const point = this.#at(event);
    if (press?.site && press.dragged && !this.locked(press.site)) this.#drag(press.site, point);
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.preview(point);
    });
  }

  #drag(site, [x, y]) {
    const mark = [...this.layer.children].find((one) => one.dataset.site === site.id);
    draw(mark, { ...site, x, y }, this.view.mirror);
    mark.drawn = "";
    encircle(this.ring, { ...site, x, y }, this.view.mirror);
  }

  #up(event) {
    const press = this.press;
    this.#cancel();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!press) return;
    this.svg.focus({ preventScroll: true });
    this.closeList();
    const point = this.#at(event);
    if (press.site && press.dragged && !this.locked(press.site)) this.move(press.site.id, ...point);
    else if (press.site) this.select(press.site.id);
    else if (!press.dragged && this.geometry && !inView(this.geometry, ...point)) this.hint("This point is outside the face.");
    else if (!press.dragged) this.place(...point);
  }

  #cancel() {
    clearTimeout(this.press?.timer);
    const site = this.press?.dragged && this.press.site;
    this.press = null;
    if (site) this.render(this.sites, site.id);
  }
}

function look(site, mirror) {
  return [site.x, site.y, site.units, site.number, site.status, mirror].join("|");
}

function svgCapture(svg, pointer) {
  svg.setPointerCapture(pointer);
}
