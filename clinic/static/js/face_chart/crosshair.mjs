// A crosshair on the face: where the next site is placed by somebody who uses no pointer.

import { announce } from "./dom.mjs";
import { node } from "./marks.mjs";
import { crossed, pointWords } from "./state.mjs";

const ARM = 22; // pixels

export class Crosshair {
  constructor(face) {
    this.face = face;
    this.on = false;
    this.at = [0, 0];
    this.mark = node(["g", { "data-crosshair": "", display: "none" }]);
    for (const [stroke, width] of [["#ffffff", 5], ["#14202d", 2]]) {
      this.mark.append(node(["path", { fill: "none", stroke, "stroke-width": width, "vector-effect": "non-scaling-stroke", d: "M-1 0H-.3M.3 0H1M0 -1V-.3M0 .3V1" }]));
    }
    face.svg.append(this.mark);
    face.svg.addEventListener("resized", () => this.follow());
  }

  /** Show it where it was last, or in the middle; a second time puts it back to the middle of what is seen. */
  show() {
    if (this.on) this.at = this.#middle();
    this.on = true;
    this.mark.removeAttribute("display");
    this.#put("Crosshair. Arrows move it, Enter places a site, Escape leaves. ");
  }

  /** Take it away; says whether it was there. */
  hide() {
    const was = this.on;
    this.on = false;
    this.mark.setAttribute("display", "none");
    return was;
  }

  /** Move it by hundredths of a unit, as it is seen. */
  move(dx, dy, by) {
    this.at = crossed(this.face.geometry, this.at, (this.face.view.mirror ? -dx : dx) * by, dy * by);
    this.#put();
  }

  /** Lay it where the face is drawn now. */
  follow() {
    if (!this.on) return;
    const [x, y] = [this.face.view.mirror ? -this.at[0] : this.at[0], -this.at[1]];
    this.mark.setAttribute("transform", `translate(${x} ${y}) scale(${ARM / this.face.frame.scale})`);
  }

  #middle() {
    const { frame, view } = this.face;
    const [x, y] = frame.centre.map(Math.round);
    return [view.mirror ? -x : x, -y];
  }

  #put(before = "") {
    const { face } = this;
    face.frame.reveal([face.view.mirror ? -this.at[0] : this.at[0], -this.at[1]]);
    this.follow();
    face.held = null;
    face.preview(this.at);
    announce(before + (pointWords(face.geometry, ...this.at, face.view) || "The names of the muscles are not there."));
  }
}
