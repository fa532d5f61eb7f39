// Where the number of a mark stands: the corner that overlaps least with other marks, as clinic/domain/face_numbers.py
// has it: corners in a fixed order, marks by number, whole hundredths of a geometry unit, y up. Pure.

/** [outwards, upwards], each 1 or -1; outwards is away from the midline. */
export const CORNERS = [[1, 1], [1, -1], [-1, 1], [-1, -1]];
export const TEXT = 33;
export const NUMBER = 32;
export const FIGURE_HEIGHT = 23;
const FIGURE = 0.58;

/** A length as it stands in the drawing: one decimal. */
export function round(value) {
  return String(Math.round(value * 10) / 10);
}

/** A dose typed or stored as text, as a number for drawing only; 1 where it is none yet. */
export function drawnUnits(text) {
  const units = Number(String(text).replaceAll(",", ""));
  return units > 0 ? units : 1;
}

/** The dose as it stands at the mark. */
export function drawnDose(text) {
  return Number(String(text).replaceAll(",", "")) === 0 ? "?" : String(text);
}

/** The area of a mark is proportional to its dose, within readable limits. */
export function radius(units) {
  return Math.min(90, Math.max(17, 22 * Math.sqrt(units)));
}

/** About how wide figures are; a point takes half a figure. */
export function width(text, size) {
  return size * FIGURE * [...text].reduce((sum, letter) => sum + (letter === "." || letter === "," ? 0.5 : 1), 0);
}

/** How far the number stands off the disc: more where the dose stands beside it. */
export function gap(inside, outwards) {
  return inside || outwards < 0 ? 6 : 14;
}

/** The index in CORNERS for the number of each site, by the site's id. */
export function corners(sites, mirrored) {
  const marks = sites.map((site) => described(site, mirrored)).sort((one, other) => one.number - other.number);
  const taken = [];
  const found = new Map();
  for (const mark of marks) {
    const others = [...marks.flatMap((other) => (other === mark ? [] : other.body)), ...taken];
    const boxes = CORNERS.map((corner) => numberBox(mark, corner));
    const covered = boxes.map((box) => others.reduce((sum, other) => sum + overlap(box, other), 0));
    const best = covered.indexOf(Math.min(...covered));
    found.set(mark.id, best);
    taken.push(boxes[best]);
  }
  return found;
}

function described(site, mirrored) {
  const dose = drawnDose(site.units);
  const size = radius(drawnUnits(site.units));
  const x = mirrored ? -site.x : site.x;
  const mark = { id: site.id, number: site.number, x, y: site.y, size, dose, out: x < 0 ? -1 : 1, inside: width(dose, TEXT) <= 1.8 * size };
  return { ...mark, body: body(mark) };
}

function span(start, toward, wide) {
  const end = start + toward * wide;
  return [Math.min(start, end), Math.max(start, end)].map((value) => Math.floor(value + 0.5));
}

/** The disc, and the dose where it stands beside the disc. */
function body({ x, y, size, dose, out, inside }) {
  const whole = Math.floor(size + 0.5);
  const disc = [x - whole, y - whole, x + whole, y + whole];
  if (inside) return [disc];
  const [left, right] = span(x + out * (size + 8), out, width(dose, TEXT));
  return [disc, [left, y - 12, right, y + 12]];
}

function numberBox({ x, y, size, out, inside, number }, [outwards, upwards]) {
  const toward = out * outwards;
  const reach = size * 0.72 + gap(inside, outwards);
  const [left, right] = span(x + toward * reach, toward, width(String(number), NUMBER));
  const bottom = Math.floor((upwards > 0 ? y + reach : y - reach - FIGURE_HEIGHT) + 0.5);
  return [left, bottom, right, bottom + FIGURE_HEIGHT];
}

function overlap(one, other) {
  const wide = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const high = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  return wide > 0 && high > 0 ? wide * high : 0;
}
