// Marks on the face, drawn as clinic/domain/face_marks.py draws them (a browser test compares the two).
// Lengths are hundredths of a geometry unit, the user unit of the SVG; y points down there.

import { CORNERS, FIGURE_HEIGHT, NUMBER, TEXT, drawnDose, drawnUnits, gap, radius, round, width } from "./numbers.mjs";

const NS = "http://www.w3.org/2000/svg";
const PAPER = "#ffffff";
const ACCENT = "#0a57b2";
const DEEP = "#07448c";
const INK = "#14202d";
const RING = 12;

function label(at, text, size, fill, anchor, bold) {
  const toward = anchor === "start" ? 1 : -1;
  const middle = at[1] - size * 0.35;
  const ends = [at[0] + toward * 4, at[0] + toward * (width(text, size) - 4)].map(Math.round);
  const ground = ["path", { fill: "none", stroke: PAPER, "stroke-width": size, "stroke-opacity": ".7", d: `M${ends[0]} ${Math.round(middle)}H${ends[1]}` }];
  return [ground, word(at, text, size, fill, anchor, bold)];
}

function word(at, text, size, fill, anchor, bold) {
  const look = { x: Math.round(at[0]), y: Math.round(at[1]), "font-size": size, fill };
  if (anchor !== "start") look["text-anchor"] = anchor;
  if (bold) look["font-weight"] = 600;
  return ["text", look, text];
}

function disc(site, x, y, size) {
  const look = { planned: { fill: ACCENT, stroke: PAPER }, given: { fill: DEEP, stroke: PAPER } }[site.status];
  const hollow = { fill: PAPER, "fill-opacity": ".85", stroke: DEEP, "stroke-dasharray": "12 9" };
  return ["circle", { ...(look ?? hollow), "stroke-width": 6, cx: x, cy: y, r: round(size) }];
}

function anchor(toward) {
  return toward < 0 ? "end" : "start";
}

/** The shapes of a mark: [tag, attributes, text] each. `corner` is where its number stands (numbers.mjs). */
export function shapes(site, mirrored = false, corner = 0) {
  const x = mirrored ? -site.x : site.x;
  const y = -site.y;
  const size = radius(drawnUnits(site.units));
  const out = x < 0 ? -1 : 1;
  const dose = drawnDose(site.units);
  const inside = width(dose, TEXT) <= 1.8 * size;
  const fill = site.status === "copied" ? DEEP : PAPER;
  const doseParts = inside
    ? [word([x, y + 11.5], dose, TEXT, fill, "middle", true)]
    : label([x + out * (size + 8), y + 11.5], dose, TEXT, DEEP, anchor(out), true);
  const [outwards, upwards] = CORNERS[corner];
  const reach = size * 0.72 + gap(inside, outwards);
  const base = upwards > 0 ? y - reach : y + reach + FIGURE_HEIGHT;
  const number = label([x + out * outwards * reach, base], String(site.number), NUMBER, INK, anchor(out * outwards), false);
  return [disc(site, x, y, size), ...doseParts, ...number];
}

/** An SVG element of [tag, attributes, text]. */
export function node([tag, look, text = ""]) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(look)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

/** A new, empty mark of a site. */
export function newMark(site) {
  const mark = node(["g", {}]);
  mark.dataset.site = site.id;
  return mark;
}

/** Draw a mark as its site is now; the element itself stays. */
export function draw(mark, site, mirrored, corner) {
  mark.dataset.key = `site:${site.number}`;
  mark.replaceChildren(...shapes(site, mirrored, corner).map(node));
}

/** Put something drawn at `home` to another point, at a size: its children stay as they are. Points as seen, y down. */
export function put(element, home, [x, y], size) {
  if (size === 1 && home[0] === x && home[1] === y) element.removeAttribute("transform");
  else element.setAttribute("transform", `translate(${round(x - size * home[0])} ${round(y - size * home[1])}) scale(${size})`);
}

/** The ring around the selected mark. */
export function ring() {
  return node(["circle", { fill: "none", stroke: ACCENT, "stroke-width": 8, "data-ring": "", display: "none" }]);
}

/** Lay the ring around a site, or away; it is drawn round the origin. */
export function encircle(circle, site, mirrored, size) {
  if (!site) {
    circle.setAttribute("display", "none");
    return;
  }
  circle.removeAttribute("display");
  circle.setAttribute("r", round(radius(drawnUnits(site.units)) + RING));
  put(circle, [0, 0], [mirrored ? -site.x : site.x, -site.y], size);
}

/** The named sites of all muscles as small rings, a layer not yet shown. */
export function namedSites(muscles, size) {
  const places = muscles.flatMap((muscle) => muscle.sites.flatMap(([, , x, y]) => (x ? [[x, y], [-x, y]] : [[x, y]])));
  const d = places.map(([x, y]) => `M${x} ${-y}h0`).join("");
  const layer = node(["g", { "data-layer": "sites", display: "none" }]);
  layer.append(...[ACCENT, PAPER].map((stroke) => node(["path", { fill: "none", stroke, d }])));
  sizeNamedSites(layer, size);
  return layer;
}

/** Keep the rings of the named sites as large as they are on the whole face. */
export function sizeNamedSites(layer, size) {
  [31, 21].forEach((wide, index) => layer.children[index].setAttribute("stroke-width", round(wide * size)));
}
