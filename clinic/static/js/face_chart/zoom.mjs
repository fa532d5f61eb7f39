// Which part of the face is seen. A view is { zoom, x, y }: x and y are the upper left corner in the SVG's user units;
// `whole` is [x, y, width, height] of the whole face, which a view never leaves. Pure.

export const MOST = 5;
export const STEP = 1.5;

/** The view of the whole face. */
export function wholeView([x, y]) {
  return { zoom: 1, x, y };
}

/** The view box of a view: [x, y, width, height]. */
export function box({ zoom, x, y }, [, , width, height]) {
  return [x, y, width / zoom, height / zoom];
}

function within(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** The nearest view that stays on the face. */
function clamped({ zoom, x, y }, whole) {
  const [left, top, width, height] = whole;
  return { zoom, x: within(x, left, left + width - width / zoom), y: within(y, top, top + height - height / zoom) };
}

/** A view enlarged by a factor; what lies at the point stays where it is seen. */
export function zoomed(view, factor, [x, y], whole) {
  let zoom = within(view.zoom * factor, 1, MOST);
  if (Math.abs(zoom - 1) < 0.02) zoom = 1;
  const share = view.zoom / zoom;
  return clamped({ zoom, x: x - (x - view.x) * share, y: y - (y - view.y) * share }, whole);
}

/** A view moved by user units. */
export function panned(view, dx, dy, whole) {
  return clamped({ zoom: view.zoom, x: view.x + dx, y: view.y + dy }, whole);
}

/** The same view where a point is in sight, else the one with the point in the middle. */
export function revealing(view, [x, y], whole) {
  const [left, top, width, height] = box(view, whole);
  const seen = left <= x && x <= left + width && top <= y && y <= top + height;
  return seen ? view : panned(view, x - left - width / 2, y - top - height / 2, whole);
}

/** The same part of the face when the drawing is turned round. */
export function turned(view, whole) {
  return clamped({ ...view, x: -view.x - whole[2] / view.zoom }, whole);
}

/** What is seen of the drawing when its place is `wide` times as wide as a view: [x, y, width, height]. */
export function seenBox(view, whole, wide) {
  const [x, y, width, height] = box(view, whole);
  return [x - (width * (wide - 1)) / 2, y, width * wide, height];
}

/** What the two edges say: where only one half of the face is seen, the other half is never named at the edge. */
export function edgeWords([left, , width], mirrored) {
  const sides = mirrored ? ["patient’s left", "patient’s right"] : ["patient’s right", "patient’s left"];
  if (left >= 0) return ["to the midline", sides[1]];
  return left + width <= 0 ? [sides[0], "to the midline"] : sides;
}

/** Where the captions of the whole face must be put to stand in the upper corners of what is seen: a transform each. */
export function captionsAt([x, y, width], zoom, [left, top, whole]) {
  const shifts = [x - left / zoom, x + width - (left + whole) / zoom];
  return shifts.map((shift) => `translate(${shift} ${y - top / zoom}) scale(${1 / zoom})`);
}
