// The face: marks that are placed, chosen and dragged, what lies under the pointer, layers, an earlier session, mirror view.

import { byId } from "./dom.mjs";
import { Frame } from "./frame.mjs";
import { hit, inView, snap } from "./geometry.mjs";
import { Gestures } from "./gestures.mjs";
import { fillLayer, ghostAt, ghostWords } from "./ghost.mjs";
import { MarkLayer } from "./mark_layer.mjs";
import { namedSites, node, put, sizeNamedSites } from "./marks.mjs";
import { choices, pointWords, shapeKeys } from "./state.mjs";
import { closeList, openList } from "./under.mjs";

const HOLD = 16; // pixels that the pointer goes before a message makes room
const REACH = { mouse: 3, pen: 5, touch: 12 }; // pixels about a mark that still mean it
const TAP_REACH = { mouse: 2, pen: 2, touch: 3 }; // the same while a tap places a site, so that close sites can be placed
const GHOST_REACH = { mouse: 5, pen: 6, touch: 9 };
const NEAR = 40; // hundredths of a geometry unit from a point to a ghost that is near it

/**
 * `place(x, y, choice, site)`, `select(id)` and `move(id, x, y)` are called with whole hundredths of a geometry unit,
 * `take(ghost)` with one of the sites given to `ghost()`.
 */
export class Face {
  constructor({ place, select, move, locked, armed = () => false, take = null }) {
    Object.assign(this, { place, select, move, locked, armed, take });
    this.svg = byId("face").querySelector("svg");
    this.view = { mirror: false, deep: false, zones: false };
    this.frame = new Frame(this.svg, (size) => this.#resized(size));
    this.marks = new MarkLayer(this.svg, this.view, this.frame);
    this.ghostLayer = node(["g", { "data-layer": "ghost" }]);
    this.marks.layer.before(this.ghostLayer);
    this.ghosts = [];
    this.geometry = null;
    this.point = null;
    this.lit = [];
    this.gestures = new Gestures(this.svg, this.#acts());
    byId("face").addEventListener("click", (event) => this.#pressed(event.target.closest("[data-zoom]")?.dataset.zoom));
  }

  #pressed(button) {
    if (button === "in") this.zoomIn();
    else if (button === "out") this.zoomOut();
    else if (button) this.zoomReset();
  }

  /** Give the marks of the server's drawing the ids of their sites, and take part in the tab order. */
  adopt(sites) {
    this.marks.adopt(sites);
    const label = "Face of the patient, seen by you. Tap to place a site; press the question mark for the keys.";
    for (const [name, value] of Object.entries({ id: "drawing", tabindex: "0", role: "application", "aria-label": label, "aria-describedby": "face-hint" })) {
      this.svg.setAttribute(name, value);
    }
  }

  /** Bring the marks in step; a site chosen or moved otherwise than by a pointer on the face is brought into sight. */
  render(sites, selected) {
    const moved = this.marks.render(sites, selected);
    if (moved && !this.byHand && !this.marks.dragging) this.frame.reveal(this.marks.seen(this.marks.selected));
  }

  /** Do something without the face going from under the pointer: what stands beside it may grow. */
  steady(act) {
    const held = this.svg.matches(":hover");
    const before = held ? this.svg.getBoundingClientRect().top : 0;
    act();
    if (held) scrollBy({ top: this.svg.getBoundingClientRect().top - before, behavior: "instant" });
  }

  /** Call the mark of a new site by its lasting id. */
  rename(before, after) {
    this.marks.rename(before, after);
    const site = this.gestures.press?.site;
    if (site?.id === before) site.id = after;
  }

  // ---- layers and views

  /** Show or hide a layer of the drawing. */
  toggleLayer(name) {
    if (name === "sites" && this.geometry && !this.svg.querySelector('[data-layer="sites"]')) this.#drawSites();
    const layer = this.svg.querySelector(`[data-layer="${name}"]`);
    if (!layer) return false; // The names are not loaded yet.
    const shown = layer.getAttribute("display") === "none";
    if (shown) layer.removeAttribute("display");
    else layer.setAttribute("display", "none");
    if (name === "zones") this.view.zones = shown;
    return shown;
  }

  #drawSites() {
    const layer = namedSites(this.geometry.muscles, this.frame.size);
    if (this.view.mirror) layer.setAttribute("transform", "scale(-1 1)");
    this.ghostLayer.before(layer);
  }

  /** Turn the drawing round as the patient sees it; what is stored does not change. */
  toggleMirror() {
    this.view.mirror = !this.view.mirror;
    for (const layer of this.svg.querySelectorAll("[data-layer]:not([data-layer=marks], [data-layer=ghost], [data-layer=captions])")) {
      if (this.view.mirror) layer.setAttribute("transform", "scale(-1 1)");
      else layer.removeAttribute("transform");
    }
    for (const text of this.svg.querySelectorAll("[data-layer=plan] text")) {
      // Words stay readable: turned back about their own middle.
      text.setAttribute("transform", this.view.mirror ? `matrix(-1 0 0 1 ${2 * text.getAttribute("x")} 0)` : "");
    }
    this.closeList();
    this.frame.turn(this.view.mirror);
    this.ghost(this.ghosts);
    return this.view.mirror;
  }

  /**
   * Show an earlier session's sites under today's marks; none hides them. Each has x, y, units, muscle_label,
   * sub_site_label, side, `from` (its day in words) and, once there is one, `review` (a key of REVIEWS).
   */
  ghost(sites) {
    this.ghosts = sites;
    fillLayer(this.ghostLayer, sites, this.view.mirror);
    this.#sizeGhosts();
  }

  /** The ghost whose circle lies under an event, or null; a mark of today lies over it. */
  ghostAt(event, reach = REACH) {
    if (!this.ghosts.length || this.markAt(event, reach)) return null;
    const { frame } = this;
    return ghostAt(this.ghosts, this.#at(event), frame.size, (GHOST_REACH[event.pointerType] ?? GHOST_REACH.touch) / frame.scale);
  }

  /** The ghost nearest to a point [x, y] of the face within reach, or null. */
  ghostNear(point) {
    return point ? ghostAt(this.ghosts, point, this.frame.size, NEAR) : null;
  }

  #sizeGhosts() {
    this.ghosts.forEach((ghost, index) => put(this.ghostLayer.children[index], this.marks.seen(ghost), this.marks.seen(ghost), this.frame.size));
  }

  // ---- zoom

  /** Whether less than the whole face is seen. */
  get zoomed() {
    return this.frame.zoomed;
  }

  /** Enlarge the face about the chosen site, else about the pointer, else about what is in the middle. */
  zoomIn() {
    this.frame.nearer(this.#about());
  }

  /** The same the other way. */
  zoomOut() {
    this.frame.farther(this.#about());
  }

  /** Show the whole face. */
  zoomReset() {
    this.frame.reset();
  }

  /** Move over the enlarged face: 1 is an eighth of what is seen, to the right and up. */
  pan(dx, dy) {
    this.frame.step(dx / 8, dy / 8);
  }

  #about() {
    const at = this.marks.selected ?? (this.point && { x: this.point[0], y: this.point[1] });
    return at ? this.marks.seen(at) : undefined;
  }

  /** What is told by its size or its line keeps them as the face grows. */
  #resized(size) {
    this.closeList();
    this.marks.resized();
    this.#sizeGhosts();
    const named = this.svg.querySelector('[data-layer="sites"]');
    if (named) sizeNamedSites(named, size);
    this.svg.dispatchEvent(new Event("resized"));
  }

  // ---- what is under the pointer

  /** Say what lies at a point (or nothing) and light its region. */
  preview(point, ghost = null) {
    this.point = point;
    const shown = point && this.geometry && inView(this.geometry, ...point);
    const keys = shown ? shapeKeys(this.geometry, hit(this.geometry, ...point, this.view.deep)) : [];
    for (const shape of this.lit) shape.classList.remove("is-on");
    this.lit = keys.map((key) => this.svg.querySelector(`[data-layer="muscles"] [data-key="${key}"]`)).filter(Boolean);
    for (const shape of this.lit) shape.classList.add("is-on");
    if (this.held) return;
    this.#write(shown ? (ghost && ghostWords(ghost)) || pointWords(this.geometry, ...point, this.view) : "");
  }

  /** Say something in the line below the face; it stays until the pointer goes on. */
  hint(text) {
    this.held = this.client ?? null;
    this.#write(text);
  }

  #write(text) {
    const line = byId("face-hint");
    if (line.textContent !== (text || "\u00a0")) line.textContent = text || "\u00a0";
  }

  /** The site whose mark is nearest to an event, within its reach. */
  markAt(event, reach = REACH) {
    return this.marks.near(this.#at(event), (reach[event.pointerType] ?? reach.touch) / this.frame.scale);
  }

  /** Offer what lies under a point to choose from. */
  list(point, chosen) {
    this.closeList();
    if (!point || !this.geometry) return;
    const [x, y] = this.marks.seen({ x: point[0], y: point[1] });
    const spot = new DOMPoint(x, y).matrixTransform(this.svg.getScreenCTM());
    openList(choices(this.geometry, ...point), [spot.x, spot.y], chosen, () => this.svg.focus({ preventScroll: true }));
  }

  /** Take the list of muscles away. */
  closeList() {
    return closeList();
  }

  #at(event) {
    const [x, y] = this.frame.at(event);
    return [snap(this.view.mirror ? -x : x), snap(-y)];
  }

  // ---- what pointers do

  #acts() {
    const { frame } = this;
    return {
      grabbed: (event) => this.markAt(event),
      tap: (press, event) => this.#tap(press, event),
      long: (press) => this.#long(press),
      dragged: (press, event) => this.#drag(press, event),
      dropped: (press, event) => this.#drop(press, event),
      undragged: () => this.marks.undrag(),
      hover: (event) => this.#hover(event),
      left: () => this.preview(null),
      zoomed: () => frame.zoomed,
      pan: (dx, dy) => frame.drag(dx, dy),
      pinch: (factor, from, to) => frame.pinch(factor, from, to),
    };
  }

  #tap(press, event) {
    this.#forget();
    this.svg.focus({ preventScroll: true });
    if (this.closeList()) return;
    const reach = this.armed() ? TAP_REACH : REACH;
    const site = press.site && this.markAt(press.event, reach);
    const ghost = !site && this.take && this.ghostAt(event, reach);
    const point = this.#at(event);
    if (site) this.#still(() => this.select(site.id));
    else if (ghost) this.#still(() => this.take(ghost));
    else if (this.geometry && !inView(this.geometry, ...point)) this.hint("This point is outside the face.");
    else this.#still(() => this.place(...point));
  }

  /** Do something without moving the face under the pointer, which may be about to tap again. */
  #still(act) {
    this.byHand = true;
    try {
      act();
    } finally {
      this.byHand = false;
    }
  }

  #long({ site, event }) {
    const point = site ? [site.x, site.y] : this.#at(event);
    this.list(point, (choice) => this.place(...point, choice, site));
  }

  #hover(event) {
    this.client = { x: event.clientX, y: event.clientY };
    if (this.held && Math.hypot(this.client.x - this.held.x, this.client.y - this.held.y) > HOLD) this.held = null;
    this.last = event;
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      const { dragging } = this.marks;
      const dragged = dragging && [dragging.x, dragging.y];
      this.preview(dragged ?? this.#at(this.last), dragged || !this.take ? null : this.ghostAt(this.last));
    });
  }

  #forget() {
    cancelAnimationFrame(this.due);
    this.due = null;
  }

  /** Where the press took hold of the mark stays under the pointer. */
  #drag({ site, event: start }, event) {
    if (this.locked(site)) return;
    const [from, to] = [this.#at(start), this.#at(event)];
    this.marks.drag(site, site.x + to[0] - from[0], site.y + to[1] - from[1]);
  }

  #drop(press, event) {
    this.#forget();
    this.#drag(press, event);
    const dragged = this.marks.dropped();
    this.svg.focus({ preventScroll: true });
    this.closeList();
    this.#still(() => (dragged ? this.move(dragged.id, dragged.x, dragged.y) : this.select(press.site.id)));
  }
}
