// What lies where on the face, in the browser: the same whole-number tests as clinic/domain/anatomy.py.
//
// `geometry` is the JSON of browser_geometry(). x and y are whole hundredths of a geometry unit: x grows to the
// patient's left, y grows upwards. Everything is tested on the patient's right half and mirrored. This is a preview
// only: the server decides muscle and side again. No DOM here; no clinical rule either.

export const OTHER = "other";

/** Round a position to the whole hundredths that are stored and tested. */
export function snap(value) {
  return Math.round(value) + 0; // + 0 turns -0 into 0
}

/** The same place on the patient's other side. */
export function mirror(x) {
  return x === 0 ? 0 : -x;
}

/** The mirrored side; the midline is its own mirror. */
export function otherSide(side) {
  return { right: "left", left: "right" }[side] ?? "midline";
}

function inPolygon(flat, x, y) {
  let inside = false;
  let xj = flat[flat.length - 2];
  let yj = flat[flat.length - 1];
  for (let i = 0; i < flat.length; i += 2) {
    const xi = flat[i];
    const yi = flat[i + 1];
    if (yi > y !== yj > y) {
      const cross = (x - xi) * (yj - yi) - (xj - xi) * (y - yi);
      if (yj > yi ? cross < 0 : cross > 0) inside = !inside;
    }
    xj = xi;
    yj = yi;
  }
  return inside;
}

function inEllipse([cx, cy, rx, ry], x, y) {
  const a = ry * ry;
  const b = rx * rx;
  return a * (x - cx) * (x - cx) + b * (y - cy) * (y - cy) <= a * b;
}

/** Whether a point lies in a muscle, on either side; its midline band takes the gap between the halves. */
function covers(muscle, x, y) {
  const folded = -Math.max(Math.abs(x), muscle.midline);
  let inside = false;
  if (muscle.polygon) inside = inPolygon(muscle.polygon, folded, y);
  else if (muscle.ellipse) inside = inEllipse(muscle.ellipse, folded, y);
  return inside && !(muscle.hole && inPolygon(muscle.hole, folded, y));
}

/** The side that a site of this muscle has at x. */
export function sideOf(muscle, x) {
  if (!muscle.paired || Math.abs(x) <= muscle.midline) return "midline";
  return x < 0 ? "right" : "left";
}

/** The entry of a muscle ("other" included), or undefined. */
export function muscleOf(geometry, key) {
  return geometry.muscles.find((muscle) => muscle.key === key);
}

/** The muscle's nearest named site within reach, on the side that x has: { distance (squared), key } or null. */
function siteNear(geometry, muscle, x, y) {
  const onMidline = sideOf(muscle, x) === "midline";
  let near = null;
  for (const [key, , sx, sy] of muscle.sites) {
    const distance = (-Math.abs(x) - sx) ** 2 + (y - sy) ** 2;
    if ((sx === 0) !== onMidline || distance > geometry.reach * geometry.reach) continue;
    if (near === null || distance < near.distance) near = { distance, key };
  }
  return near;
}

function inOrder(geometry, deep) {
  const known = geometry.muscles.filter((muscle) => muscle.key !== OTHER);
  const shallow = known.filter((muscle) => !muscle.deep);
  return deep ? [...known.filter((muscle) => muscle.deep), ...shallow] : shallow;
}

function found(muscle, subSite, x) {
  return { muscle: muscle.key, subSite, side: sideOf(muscle, x) };
}

/**
 * What is under a point: { muscle, subSite (or null), side }. The nearest named site within reach wins, else the
 * first muscle in hit order; `deep` is the deep-layer switch. Outside every region the muscle is "other".
 */
export function hit(geometry, x, y, deep = false) {
  const order = inOrder(geometry, deep);
  let best = null;
  for (const muscle of order) {
    const near = siteNear(geometry, muscle, x, y);
    if (near && (best === null || near.distance < best.near.distance)) best = { muscle, near };
  }
  if (best) return found(best.muscle, best.near.key, x);
  const over = order.find((muscle) => covers(muscle, x, y));
  return found(over ?? muscleOf(geometry, OTHER), null, x);
}

/** Everything under a point, deep structures included, each muscle once; never empty. */
export function hits(geometry, x, y) {
  const first = hit(geometry, x, y);
  const all = first.muscle === OTHER ? [] : [first];
  for (const muscle of geometry.muscles) {
    if (muscle.key === OTHER || muscle.key === first.muscle) continue;
    const near = siteNear(geometry, muscle, x, y);
    if (near || covers(muscle, x, y)) all.push(found(muscle, near ? near.key : null, x));
  }
  return all.length ? all : [first];
}

/** The danger zones over a point that concern a muscle; every zone there for "other". */
export function dangerZonesAt(geometry, x, y, key) {
  return geometry.zones.filter(
    (zone) => (key === OTHER || zone.applies_to.includes(key)) && inEllipse(zone.ellipse, -Math.abs(x), y),
  );
}

/** The place of a named site on a side, [x, y], or null where there is none; without a sub-site, the first one. */
export function position(geometry, key, subSite, side) {
  const muscle = muscleOf(geometry, key);
  const sites = muscle ? muscle.sites.filter((site) => subSite == null || site[0] === subSite) : [];
  const site = sites.find(([, , x]) => (x === 0) === (side === "midline"));
  if (!site) return null;
  return [side === "left" ? mirror(site[2]) : site[2], site[3]];
}

/** Whether a point lies on the drawn face. */
export function inView(geometry, x, y) {
  const [left, bottom, right, top] = geometry.view;
  return left <= x && x <= right && bottom <= y && y <= top;
}
