// What pointers do on the face: tap, long press, drag of a mark, pan, pinch. Nothing here knows what is charted.
//
// A scroll, a pinch or a palm never becomes a tap: the browser cancels a pointer that it scrolls with, a second finger
// ends what the first began until all are lifted, and fingers are left aside while a pen is down or just over the face.

const LONG = 500; // milliseconds of a long press
const PALM = 500; // milliseconds after the pen was last seen in which a touch is the hand that holds it
const SLOP = { mouse: 4, pen: 6, touch: 10 }; // pixels that a hand may tremble

/**
 * `act` holds: grabbed(event) what lies there to be dragged (or null), tap(press, event), long(press), dragged(press,
 * event), dropped(press, event), undragged(press), hover(event), left(), zoomed(), pan(dx, dy), pinch(factor, from, to);
 * lengths and points of the last two are pixels of the window.
 */
export class Gestures {
  constructor(svg, act) {
    Object.assign(this, { svg, act });
    this.press = null;
    this.pair = null;
    this.spent = false;
    this.fingers = new Map();
    this.aside = new Set();
    this.pen = { down: null, seen: -Infinity };
    for (const [kind, step] of [["down", this.#down], ["move", this.#move], ["up", this.#up], ["cancel", this.#gone]]) {
      svg.addEventListener(`pointer${kind}`, (event) => step.call(this, event));
    }
    svg.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "pen") svg.classList.remove("is-pen");
      if (!this.press) this.act.left();
    });
    svg.addEventListener("contextmenu", (event) => { if (this.fingers.size) event.preventDefault(); });
    for (const kind of ["touchstart", "touchmove"]) svg.addEventListener(kind, (event) => this.#touch(event), { passive: false });
  }

  /** Forget what a pointer has begun. */
  drop() {
    clearTimeout(this.press?.timer);
    const press = this.press;
    this.press = null;
    if (press?.dragged) this.act.undragged(press);
  }

  /** Where the page must not scroll: under a pen, over a mark, under two fingers, on an enlarged face. */
  #touch(event) {
    const [touch] = event.touches;
    const kept = event.touches.length > 1 || this.pen.down !== null || this.press?.site || this.act.zoomed();
    const site = event.type === "touchstart" && this.act.grabbed({ clientX: touch.clientX, clientY: touch.clientY, pointerType: "touch" });
    if ((kept || site) && event.cancelable) event.preventDefault();
  }

  #down(event) {
    if (event.button !== 0) return;
    if (event.pointerType === "pen") this.#penDown(event);
    else if (event.pointerType === "touch" && !this.#finger(event)) return;
    if (this.press || !event.isPrimary) return;
    const { pointerId, pointerType, clientX, clientY } = event;
    this.press = { id: pointerId, kind: pointerType, x: clientX, y: clientY, site: this.act.grabbed(event), dragged: false, event };
    this.press.timer = setTimeout(() => this.#long(this.press), LONG);
    this.svg.setPointerCapture(pointerId);
  }

  #penDown(event) {
    this.drop();
    for (const id of this.fingers.keys()) this.aside.add(id);
    this.#lifted();
    this.pen = { down: event.pointerId, seen: event.timeStamp };
  }

  /** Whether a finger may press: the first one, unless it is the hand that holds the pen. */
  #finger(event) {
    if (event.isPrimary) this.#lifted();
    if (this.pen.down !== null || event.timeStamp - this.pen.seen < PALM) {
      this.aside.add(event.pointerId);
      return false;
    }
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.fingers.size < 2) return !this.spent;
    this.drop();
    this.spent = true;
    this.pair = this.#pair();
    return false;
  }

  #lifted() {
    this.fingers.clear();
    this.pair = null;
    this.spent = false;
  }

  #pair() {
    const [one, other] = this.fingers.values();
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)) };
  }

  #long(press) {
    if (press !== this.press || press.dragged || press.kind === "mouse") return;
    this.press = null;
    this.act.long(press);
  }

  #move(event) {
    const { press } = this;
    if (this.aside.has(event.pointerId)) return;
    if (event.pointerType === "pen") this.#penSeen(event);
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.pair) this.#pinch();
    else if (!this.spent && (!press || press.id === event.pointerId)) {
      if (press) this.#pull(press, event);
      this.act.hover(event);
    }
  }

  /** A pen over the face must find it ready: where a pen draws, the page does not scroll. */
  #penSeen(event) {
    this.pen.seen = event.timeStamp;
    this.svg.classList.add("is-pen");
  }

  #pull(press, event) {
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > (SLOP[press.kind] ?? SLOP.touch);
    if (far && !press.dragged) {
      clearTimeout(press.timer);
      press.dragged = true;
    }
    if (!press.dragged) return;
    if (press.site) this.act.dragged(press, event);
    else if (this.act.zoomed()) {
      const last = press.last ?? press;
      this.act.pan(event.clientX - last.x, event.clientY - last.y);
    }
    press.last = { x: event.clientX, y: event.clientY };
  }

  #pinch() {
    const now = this.#pair();
    this.act.pinch(now.apart / this.pair.apart, this.pair, now);
    this.pair = now;
  }

  #up(event) {
    const { press } = this;
    const mine = press?.id === event.pointerId && !this.spent;
    if (mine) {
      clearTimeout(press.timer);
      this.press = null;
    }
    this.#lift(event);
    if (!mine) return;
    if (!press.dragged) this.act.tap(press, event);
    else if (press.site) this.act.dropped(press, event);
  }

  #gone(event) {
    if (this.press?.id === event.pointerId) this.drop();
    this.#lift(event);
  }

  #lift(event) {
    this.aside.delete(event.pointerId);
    if (this.pen.down === event.pointerId) this.pen = { down: null, seen: event.timeStamp };
    if (event.pointerType !== "pen") this.svg.classList.remove("is-pen");
    this.fingers.delete(event.pointerId);
    if (this.fingers.size < 2) this.pair = null;
    if (this.fingers.size === 0) this.spent = false;
  }
}
