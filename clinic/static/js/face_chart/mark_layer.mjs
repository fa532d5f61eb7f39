// The layer of marks: it follows the list of sites; while one is dragged only that mark and the ring move.

import { draw, encircle, newMark, put, ring } from "./marks.mjs";
import { corners, drawnUnits, radius } from "./numbers.mjs";

/** `view.mirror` says how the face is seen now, `frame.size` how large lengths of the whole face are drawn. */
export class MarkLayer {
  constructor(svg, view, frame) {
    Object.assign(this, { view, frame });
    this.layer = svg.querySelector('[data-layer="marks"]');
    this.ring = ring();
    svg.append(this.ring);
    this.sites = [];
    this.selected = null;
    this.ringed = {};
    this.dragging = null;
  }

  /** Give the marks of the server's drawing the ids of their sites. */
  adopt(sites) {
    const byNumber = new Map(sites.map((site) => [`site:${site.number}`, site]));
    const places = corners(sites, false);
    for (const mark of this.layer.querySelectorAll(":scope > [data-key]")) {
      const site = byNumber.get(mark.dataset.key);
      mark.dataset.site = site.id;
      mark.drawn = look(site, false, places.get(site.id));
      mark.home = [site.x, -site.y];
    }
  }

  /** Bring the marks in step; says whether the ring came to another place. */
  render(sites, selected) {
    this.sites = sites;
    const old = new Map([...this.layer.children].map((mark) => [mark.dataset.site, mark]));
    const places = this.#corners(sites);
    for (const site of sites) {
      const mark = old.get(site.id) ?? this.#added(site);
      old.delete(site.id);
      if (site.id !== this.dragging?.id) this.#drawn(mark, site, places.get(site.id));
      mark.classList.toggle("is-pending", Boolean(site.pending));
      mark.classList.toggle("is-refused", Boolean(site.refused));
    }
    for (const mark of old.values()) mark.remove();
    return this.#choose(sites.find((site) => site.id === selected) ?? null);
  }

  #corners(sites) {
    const now = sites.map((site) => [site.id, site.x, site.y, site.units, site.number].join()).join("|") + this.view.mirror;
    if (this.placed !== now) this.places = corners(sites, this.view.mirror);
    this.placed = now;
    return this.places;
  }

  #drawn(mark, site, place) {
    const now = look(site, this.view.mirror, place);
    if (mark.drawn === now) return;
    draw(mark, site, this.view.mirror, place);
    mark.drawn = now;
    mark.home = this.seen(site);
    put(mark, mark.home, mark.home, this.frame.size);
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

  #choose(site) {
    this.selected = site;
    if (!this.dragging) this.#encircle(site);
    if (!site) return false;
    // By its place, not its id: what was placed by hand stays where it is when the server names it.
    const { x, y } = this.ringed;
    this.ringed = { x: site.x, y: site.y };
    return x !== site.x || y !== site.y;
  }

  #encircle(site) {
    encircle(this.ring, site, this.view.mirror, this.frame.size);
  }

  #markOf(id) {
    return [...this.layer.children].find((one) => one.dataset.site === id);
  }

  /** Where a site is drawn, y down. */
  seen({ x, y }) {
    return [this.view.mirror ? -x : x, -y];
  }

  /** The site whose mark is nearest to a point within its reach, in lengths of the drawing now. */
  near([x, y], reach) {
    const near = this.sites
      .map((site) => ({ site, far: Math.hypot(site.x - x, site.y - y) - radius(drawnUnits(site.units)) * this.frame.size }))
      .filter((one) => one.far <= reach);
    return near.sort((one, other) => one.far - other.far)[0]?.site ?? null;
  }

  /** Show a mark elsewhere for now. */
  drag(site, x, y) {
    const mark = this.#markOf(site.id);
    if (!mark) return;
    this.dragging = { ...site, x, y };
    put(mark, mark.home, this.seen(this.dragging), this.frame.size);
    this.#encircle(this.dragging);
  }

  /** End a drag: what was dragged, with the place it came to; its mark is drawn again when the sites are rendered. */
  dropped() {
    const { dragging } = this;
    const mark = dragging && this.#markOf(dragging.id);
    if (mark) mark.drawn = "";
    this.dragging = null;
    return dragging;
  }

  /** Put a dragged mark back. */
  undrag() {
    const dragging = this.dropped();
    if (dragging) this.render(this.sites, this.selected?.id);
  }

  /** Marks keep their size on the screen: they shrink about their centres as the face grows. */
  resized() {
    const { size } = this.frame;
    for (const mark of this.layer.children) {
      const dragged = mark.dataset.site === this.dragging?.id;
      if (mark.home) put(mark, mark.home, dragged ? this.seen(this.dragging) : mark.home, size);
    }
    this.#encircle(this.dragging ?? this.selected);
  }

  /** Call the mark of a new site by its lasting id. */
  rename(before, after) {
    const mark = this.#markOf(before);
    if (mark) mark.dataset.site = after;
    for (const one of [this.selected, this.dragging]) if (one?.id === before) one.id = after;
  }
}

function look(site, mirror, place) {
  return [site.x, site.y, site.units, site.number, site.status, mirror, place].join("|");
}
