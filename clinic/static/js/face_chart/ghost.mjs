// An earlier session's sites under today's marks, drawn as clinic/domain/face_marks.py draws them: what its review said
// is told by the shape and the line, so that it reads without colour.

import { node } from "./marks.mjs";
import { drawnUnits, radius, round } from "./numbers.mjs";
import { words } from "./state.mjs";

/** How a ghost looks by its review: corners of its outline (none: a circle; y up), its line, and what it is called. */
export const REVIEWS = {
  not_reviewed: { corners: [], line: { stroke: "#5b6470", "stroke-width": 5, "stroke-dasharray": "8 8" }, said: "" },
  worked: { corners: [], line: { stroke: "#1a6a35", "stroke-width": 7 }, said: "worked" },
  too_weak: { corners: [[-0.9, 0.7], [0.9, 0.7], [0, -1]], line: { stroke: "#7a4d00", "stroke-width": 7 }, said: "too weak" },
  too_strong: { corners: [[-0.9, -0.7], [0.9, -0.7], [0, 1]], line: { stroke: "#6d2a78", "stroke-width": 7 }, said: "too strong" },
};

function reviewOf(ghost) {
  return REVIEWS[ghost.review] ?? REVIEWS.not_reviewed;
}

/** The shape of a ghost: [tag, attributes]. */
export function shape(ghost, mirrored = false) {
  const { corners, line } = reviewOf(ghost);
  const x = mirrored ? -ghost.x : ghost.x;
  const size = radius(drawnUnits(ghost.units));
  if (!corners.length) return ["circle", { fill: "none", ...line, cx: x, cy: -ghost.y, r: round(size) }];
  const points = corners.map(([dx, dy]) => `${Math.round(x + 1.2 * size * dx)} ${Math.round(-ghost.y - 1.2 * size * dy)}`);
  return ["path", { fill: "none", ...line, d: `M${points.join("L")}z` }];
}

/** "From 3 Aug 2026: Mentalis, midline, 2.5 units. Tap takes it." */
export function ghostWords(ghost) {
  const said = reviewOf(ghost).said;
  return `From ${ghost.from}: ${words(ghost)}, ${ghost.units}\u00a0units${said && `, ${said}`}. Tap takes it.`;
}

/** Draw the layer anew. */
export function fillLayer(layer, ghosts, mirrored) {
  layer.replaceChildren(...ghosts.map((ghost) => node(shape(ghost, mirrored))));
}

/** The ghost whose circle holds a point, or that is nearest to it within `reach`; lengths are those of the drawing now. */
export function ghostAt(ghosts, [x, y], size, reach) {
  const near = ghosts
    .map((ghost) => ({ ghost, far: Math.hypot(ghost.x - x, ghost.y - y), hold: Math.max(reach, radius(drawnUnits(ghost.units)) * size) }))
    .filter((one) => one.far <= one.hold);
  return near.sort((one, other) => one.far - other.far)[0]?.ghost ?? null;
}
