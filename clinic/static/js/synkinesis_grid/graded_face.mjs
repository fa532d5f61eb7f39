// The face beside the table: how strong each group is, and which one is being graded.

import { write } from "../face_chart/dom.mjs";

export class GradedFace {
  constructor(root, choose) {
    this.shapes = [...root.querySelectorAll('[data-layer="grades"] [data-key]')];
    this.tags = [...root.querySelectorAll('[data-layer="numbers"] [data-key]')];
    this.choose = choose;
    root.addEventListener("click", (event) => {
      const key = event.target.closest?.('[data-layer="grades"] [data-key]')?.dataset.key;
      if (key) this.choose(key);
    });
  }

  /** Show the strongest grades as the server counted them. */
  render({ muscles, groups }) {
    for (const shape of this.shapes) shape.dataset.grade = String(muscles[shape.dataset.key] ?? 0);
    for (const tag of this.tags) {
      const grade = groups[tag.dataset.key];
      tag.dataset.tagGrade = grade === undefined ? "" : String(grade);
      write(tag.querySelector("text"), grade === undefined ? "" : String(grade));
    }
  }

  /** Outline the muscles of a column. */
  light(head) {
    const lit = new Set(head.dataset.muscles.split(" "));
    for (const shape of this.shapes) shape.classList.toggle("is-lit", lit.has(shape.dataset.key));
  }
}
