// Marks on the face, drawn as clinic/domain/face_marks.py draws them (a browser test compares the two).
// Lengths are hundredths of a geometry unit, the user unit of the SVG; y points down there.

const NS = "http://www.w3.org/2000/svg";
const PAPER = "#ffffff";
const ACCENT = "#0a57b2";
const DEEP = "#07448c";
const INK = "#14202d";
const TEXT = 33;
const NUMBER = 32;
const FIGURE = 0.58;

/** A dose typed or stored as text, as a number for drawing only; 1 where it is none yet. */
export function drawnUnits(text) {
  const units = Number(String(text).replaceAll(",", ""));
  return units > 0 ? units : 1;
}

/** The area of a mark is proportional to its dose, within readable limits. */
export function radius(units) {
  return Math.min(90, Math.max(17, 22 * Math.sqrt(units)));
}

function width(text, size) {
  return size * FIGURE * [...text].reduce((sum, letter) => sum + (letter === "." || letter === "," ? 0.5 : 1), 0);
}

function round(value) {
  return String(Math.round(value * 10) / 10);
}

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

/** The shapes of a mark: [tag, attributes, text] each. */
export function shapes(site, mirrored = false) {
  const x = mirrored ? -site.x : site.x;
  const y = -site.y;
  const size = radius(drawnUnits(site.units));
  const out = x < 0 ? -1 : 1;
  const anchor = out < 0 ? "end" : "start";
  const dose = String(site.units);
  const inside = width(dose, TEXT) <= 1.8 * size;
  const fill = site.status === "copied" ? DEEP : PAPER;
  const doseParts = inside
    ? [word([x, y + 11.5], dose, TEXT, fill, "middle", true)]
    : label([x + out * (size + 8), y + 11.5], dose, TEXT, DEEP, anchor, true);
  const reach = size * 0.72 + (inside ? 6 : 14);
  const number = label([x + out * reach, y - reach], String(site.number), NUMBER, INK, anchor, false);
  return [disc(site, x, y, size), ...doseParts, ...number];
}

function node([tag, look, text = ""]) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(look)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

/** A new, empty mark of a site. */
export function newMark(site) {
  const mark = document.createElementNS(NS, "g");
  mark.dataset.site = site.id;
  return mark;
}

/** Draw a mark as its site is now; the element itself stays. */
export function draw(mark, site, mirrored) {
  mark.dataset.key = `site:${site.number}`;
  mark.replaceChildren(...shapes(site, mirrored).map(node));
}

/** The ring around the selected mark. */
export function ring() {
  return node(["circle", { fill: "none", stroke: ACCENT, "stroke-width": 8, "data-ring": "", display: "none" }]);
}

/** The named sites of all muscles as small rings, a layer not yet shown. */
export function namedSites(muscles) {
  const layer = document.createElementNS(NS, "g");
  layer.dataset.layer = "sites";
  layer.setAttribute("display", "none");
  const places = muscles.flatMap((muscle) => muscle.sites.flatMap(([, , x, y]) => (x ? [[x, y], [-x, y]] : [[x, y]])));
  layer.append(...places.map(([x, y]) => node(["circle", { fill: PAPER, stroke: ACCENT, "stroke-width": 5, cx: x, cy: -y, r: 13 }])));
  return layer;
}

/** Lay the ring around a site, or away. */
export function encircle(circle, site, mirrored) {
  if (!site) {
    circle.setAttribute("display", "none");
    return;
  }
  circle.removeAttribute("display");
  circle.setAttribute("cx", mirrored ? -site.x : site.x);
  circle.setAttribute("cy", -site.y);
  circle.setAttribute("r", round(radius(drawnUnits(site.units)) + 12));
}
