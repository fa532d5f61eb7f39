// The window on the face: which part of it is seen, by wheel, buttons, keys and two fingers.

import { announce } from "./dom.mjs";
import { TEXT } from "./numbers.mjs";
import { MOST, STEP, box, captionsAt, edgeWords, panned, revealing, seenBox, turned, wholeView, zoomed } from "./zoom.mjs";

const WHEEL = 0.002; // of a doubling, about, for each pixel that a wheel turns
const TRACKPAD = 0.01; // the same for two fingers on a trackpad, which browsers report as a wheel with Ctrl
const TURNING = 300; // milliseconds in which a wheel that has zoomed out does not go on to scroll the page

const READABLE = 11; // pixels that the figures of a mark should have on the whole face
const LARGER = 1.25; // at most: larger marks would cover one another

/** `changed(size)` is told the size that marks are to be drawn in so that they stay as large as on the whole face. */
export class Frame {
  constructor(svg, changed) {
    Object.assign(this, { svg, changed });
    const { x, y, width, height } = svg.viewBox.baseVal;
    this.whole = [x, y, width, height];
    this.view = wholeView(this.whole);
    this.mirror = false;
    this.wheeled = -Infinity;
    this.wide = 1;
    this.base = 1;
    new ResizeObserver(([{ contentRect }]) => this.#placed(contentRect)).observe(svg);
    svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#tellButtons();
  }

  /** The drawing's place may be wider than the drawing. */
  #placed({ width, height }) {
    const [, , wide, high] = this.whole;
    this.wide = height ? Math.max(1, (width * high) / (height * wide)) : 1;
    const base = height ? Math.min(LARGER, Math.max(1, READABLE / (TEXT * Math.min(width / wide, height / high)))) : 1;
    if (base !== this.base) {
      this.base = base;
      this.changed(this.size);
    }
    this.#caption();
  }

  /** Whether less than the whole face is seen. */
  get zoomed() {
    return this.view.zoom > 1;
  }

  /** What lengths on the whole face are drawn as. */
  get size() {
    return this.base / this.view.zoom;
  }

  /** Pixels of the window for each user unit, now. */
  get scale() {
    return this.svg.getScreenCTM().a;
  }

  /** The point of the drawing at a point of the window, as seen, y down. */
  at({ clientX, clientY }) {
    const spot = new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [spot.x, spot.y];
  }

  /** Enlarge by a factor about a point of the drawing: the centre of what is seen, unless another is given. */
  zoomBy(factor, about = this.centre) {
    this.#show(zoomed(this.view, factor, about, this.whole));
  }

  get centre() {
    const [x, y, width, height] = box(this.view, this.whole);
    return [x + width / 2, y + height / 2];
  }

  /** One step nearer. */
  nearer(about) {
    this.zoomBy(STEP, about);
    this.#say();
  }

  /** One step away. */
  farther(about) {
    this.zoomBy(1 / STEP, about);
    this.#say();
  }

  /** The whole face. */
  reset() {
    this.#show(wholeView(this.whole));
    this.#say();
  }

  #say() {
    announce(this.zoomed ? `The face is shown ${Math.round(this.view.zoom * 10) / 10} times as large.` : "The whole face is shown.");
  }

  /** Move what is seen with the pointer, by pixels. */
  drag(dx, dy) {
    const { scale } = this;
    this.#show(panned(this.view, -dx / scale, -dy / scale, this.whole));
  }

  /** Move what is seen by shares of its own size, to the right and up. */
  step(dx, dy) {
    const [, , width, height] = box(this.view, this.whole);
    this.#show(panned(this.view, dx * width, -dy * height, this.whole));
  }

  /** Two fingers: enlarge by a factor, and bring what was between them to where they are now. */
  pinch(factor, from, to) {
    this.zoomBy(factor, this.at({ clientX: from.x, clientY: from.y }));
    this.drag(to.x - from.x, to.y - from.y);
  }

  /** See to it that a point is in sight. */
  reveal(point) {
    this.#show(revealing(this.view, point, this.whole));
  }

  /** Turn round with the drawing, so that the same part of the face is seen. */
  turn(mirror) {
    this.mirror = mirror;
    this.#show(turned(this.view, this.whole));
    this.#caption();
  }

  #show(view) {
    const { view: before } = this;
    if (before.zoom === view.zoom && before.x === view.x && before.y === view.y) return;
    this.view = view;
    this.svg.setAttribute("viewBox", box(view, this.whole).join(" "));
    this.svg.classList.toggle("is-zoomed", this.zoomed);
    this.#caption();
    if (before.zoom === view.zoom) return;
    this.changed(this.size);
    this.#tellButtons();
  }

  /** Whose side the edges are stays in sight however the face is moved. */
  #caption() {
    const seen = seenBox(this.view, this.whole, this.wide);
    const words = edgeWords(seen, this.mirror);
    const places = captionsAt(seen, this.view.zoom, this.whole);
    this.svg.querySelectorAll('[data-layer="captions"] text').forEach((text, index) => {
      if (this.zoomed) text.setAttribute("transform", places[index]);
      else text.removeAttribute("transform");
      if (text.textContent !== words[index]) text.textContent = words[index];
    });
  }

  #tellButtons() {
    const done = { in: this.view.zoom >= MOST, out: !this.zoomed, whole: !this.zoomed };
    for (const [name, at] of Object.entries(done)) document.querySelector(`[data-zoom="${name}"]`)?.setAttribute("aria-disabled", String(at));
  }

  /** A wheel belongs to the page until somebody works on the face; past the whole face it is the page's again. */
  #wheel(event) {
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const ours = event.ctrlKey || this.zoomed || (document.activeElement === this.svg && pixels < 0);
    const turning = event.timeStamp - this.wheeled < TURNING;
    if (!ours && !turning) return;
    event.preventDefault();
    this.wheeled = event.timeStamp;
    this.zoomBy(Math.exp(-pixels * (event.ctrlKey ? TRACKPAD : WHEEL)), this.at(event));
  }
}
