// The sites as they are shown: what the server says, with the changes that it has not answered yet laid over. Pure.

import { OTHER, dangerZonesAt, hit, hits, inView, mirror, muscleOf, otherSide, position } from "./geometry.mjs";

export const NEW = "new:";

/** The sites with every waiting change laid over, called `words`: changed, added at the end, or taken away. */
export function laidOver(sites, ops, words = "saving…") {
  let shown = sites.map((site) => ({ ...site }));
  for (const op of ops) {
    if (op.kind === "remove" && !op.errors) shown = shown.filter((site) => site.id !== op.site);
    for (const site of shown) if (op.confirms?.includes(site.id)) Object.assign(site, { status_text: words, pending: true });
    const found = shown.find((site) => site.id === op.site);
    if (op.kind === "remove" && found) Object.assign(found, { status_text: "not removed", pending: true, refused: true });
    if (op.kind !== "site") continue;
    const plain = "units" in op.look ? { plain: op.look.units } : {};
    const waiting = { ...plain, status_text: op.errors ? "not saved" : words, pending: true, refused: Boolean(op.errors) };
    // A copied site that somebody changes is meant: the server takes it as confirmed.
    const status = found?.status === "copied" && !op.errors ? "planned" : found?.status;
    if (found) Object.assign(found, { volume: sameVolume(found, op.look) ? found.volume : "" }, op.look, waiting, { status });
    else if (op.site.startsWith(NEW)) shown.push({ ...blank(op.site, nextNumber(shown)), ...op.look, ...waiting });
  }
  return shown;
}

/** The dose as a form takes it: the commas of the server's own thousands go; one that somebody typed is never read as one. */
export function plainUnits(site) {
  return site.plain ?? site.units.replaceAll(",", "");
}

/** Whether the volume that the server said is still that of the dose. */
function sameVolume(site, { units = site.units, syringe_id = site.syringe_id }) {
  return (units === site.units || units === plainUnits(site)) && (syringe_id ?? "") === (site.syringe_id ?? "");
}

function blank(id, number) {
  return {
    id, number, x: 0, y: 0, muscle: "", muscle_label: "", sub_site: null, sub_site_label: "", side: "", units: "",
    volume: "", syringe_id: "", syringe: "", purpose: "", depth: "", note: "", status: "planned",
    status_text: "planned", findings: [],
  };
}

function nextNumber(sites) {
  return sites.reduce((highest, site) => Math.max(highest, site.number), 0) + 1;
}

/** The id that the server gave to the site that it did not have before, or null. */
export function addedId(before, after) {
  const known = new Set(before.map((site) => site.id));
  return after.find((site) => !known.has(site.id))?.id ?? null;
}

/** Muscle, named site and side at a point, in words too; only what the server would say as well. */
export function named(geometry, found) {
  const muscle = muscleOf(geometry, found.muscle);
  const place = muscle?.sites.find(([key]) => key === found.subSite);
  return {
    muscle: found.muscle,
    muscle_label: muscle?.label ?? "",
    sub_site: found.subSite,
    sub_site_label: place ? place[1] : "",
    side: found.side,
  };
}

/** "Platysma, medial band 1, patient's right". */
export function words(place) {
  const side = place.side === "midline" ? "midline" : place.side && `patient’s ${place.side}`;
  return [place.muscle_label, place.sub_site_label, side].filter(Boolean).join(", ");
}

/** A dose in words; a site may wait for its own. */
export function doseWords(units) {
  return units === "" ? "dose to be entered" : `${units}\u00a0${Number(units) === 1 ? "unit" : "units"}`;
}

/** One site in words, for a screen reader; an unconfirmed copy says where it is from. */
export function siteWords(site) {
  const copied = site.status === "copied" ? `, ${site.status_text}, not confirmed` : "";
  return `Site ${site.number}: ${words(site)}, ${doseWords(site.units)}${copied}`;
}

/** The sites that lie in a box of the drawing (its view box: x as seen, y down). */
export function seen(sites, box, mirrored) {
  const within = (value, from, size) => value >= from && value <= from + size;
  return sites.filter((site) => within(mirrored ? -site.x : site.x, box.x, box.width) && within(-site.y, box.y, box.height));
}

/** The site that a number of the table means, if there is one. */
export function numbered(sites, number) {
  return sites.find((site) => site.number === number) ?? null;
}

/** A site given another dose by hand: it is a dose of what its syringe holds. */
export function dosed(site, units, syringes) {
  const dose_product = productOf(syringes, site.syringe_id);
  return { fields: siteFields(site, { units, dose_product }), look: { units, dose_product } };
}

/** The key of the product in a syringe; blank for a vial to be added. */
export function productOf(syringes, id) {
  return syringes.find((one) => one.id === id)?.product ?? "";
}

/** The sites of an earlier session that stand here already, as they were copied. */
export function brought(earlier, sites) {
  const places = new Set(sites.map((site) => [site.muscle, site.x, site.y].join()));
  return new Set(earlier.filter((site) => places.has([site.muscle, site.x, site.y].join())).map((site) => site.id));
}

/** What the hint says of a point: the region, and the danger zones over it when they are shown. */
export function pointWords(geometry, x, y, { deep, zones }) {
  if (!geometry || !inView(geometry, x, y)) return "";
  const found = hit(geometry, x, y, deep);
  const text = found.muscle === OTHER ? "No muscle here: say in the note where it is" : words(named(geometry, found));
  const near = zones ? dangerZonesAt(geometry, x, y, found.muscle) : [];
  return [text, ...near.map((zone) => `Danger zone: ${zone.label} (${zone.harm})`)].join(". ");
}

/** The keys of the shapes that a place lights up in the layer of muscles. */
export function shapeKeys(geometry, { muscle, side }) {
  if (muscle === OTHER) return [];
  const paired = muscleOf(geometry, muscle)?.paired;
  return side === "midline" && paired ? [`${muscle}:right`, `${muscle}:left`] : [`${muscle}:${side}`];
}

/** The values of a site as its form sends them; what is left out of ``changes`` stays as it is, or as it was asked for. */
export function siteFields(site, changes = {}) {
  const kept = { units: plainUnits(site), depth: site.depth, note: site.note };
  const point = { x: site.x, y: site.y, muscle: site.muscle, sub_site: site.sub_site ?? "" };
  const fields = { ...point, ...kept, syringe_id: site.syringe_id ?? "", dose_product: site.dose_product ?? "", side: "", purpose: site.asked ?? "", deep: "", ...changes };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === null ? "" : String(value)]));
}

/**
 * A site moved to a point: { fields, look }. The region under the point decides, except that a muscle which somebody
 * chose against the first one there stays as long as it lies under the point.
 */
export function moved(geometry, site, x, y) {
  if (!geometry) return { fields: siteFields(site, { x, y, muscle: "", sub_site: "" }), look: { x, y } };
  const chosen = hit(geometry, site.x, site.y).muscle !== site.muscle;
  const kept = chosen && hits(geometry, x, y).find((one) => one.muscle === site.muscle);
  const found = kept || hit(geometry, x, y);
  const words = kept ? { muscle: site.muscle, sub_site: kept.subSite } : { muscle: "", sub_site: "" };
  return { fields: siteFields(site, { x, y, ...words }), look: { x, y, ...named(geometry, found) } };
}

/** A point moved by a step, and kept on the face. */
export function crossed(geometry, [x, y], dx, dy) {
  const [left, bottom, right, top] = geometry?.view ?? [-945, -1560, 945, 1290];
  return [Math.min(right, Math.max(left, x + dx)), Math.min(top, Math.max(bottom, y + dy))];
}

/** A site on the patient's other side, or null on the midline. */
export function mirrored(site) {
  if (site.side === "midline" || site.x === 0) return null;
  const x = mirror(site.x);
  return { fields: siteFields(site, { x }), look: { x, side: otherSide(site.side) } };
}

/**
 * A site edited by words: the point stays when the words still fit it, else it goes where they are.
 * ``values`` are the form's; a purpose that was not touched is left to the server.
 */
export function edited(geometry, site, values) {
  const fields = siteFields(site, values);
  if (values.purpose === site.purpose) fields.purpose = site.asked ?? "";
  const sameMuscle = values.muscle === site.muscle;
  const sameSite = values.sub_site === (site.sub_site ?? "");
  const fits = sameMuscle || (geometry && hits(geometry, site.x, site.y).some((one) => one.muscle === values.muscle));
  if (!fits || (values.sub_site && !(sameMuscle && sameSite))) Object.assign(fields, { x: "", y: "" });
  else if (!sameMuscle) Object.assign(fields, { side: values.side === site.side ? "" : values.side });
  const muscle = geometry && muscleOf(geometry, values.muscle);
  const place = muscle?.sites.find(([key]) => key === values.sub_site);
  const { units, note, depth, syringe_id, dose_product = "" } = values;
  const look = { units, note, depth, syringe_id, dose_product, purpose: values.purpose, asked: fields.purpose };
  const where = { muscle: values.muscle, muscle_label: muscle?.label ?? "", sub_site_label: place ? place[1] : "" };
  const side = values.side || site.side;
  const kept = [side !== site.side && side === otherSide(site.side) ? mirror(site.x) : site.x, site.y];
  // Where the words lead: the next change starts from there, even before the server has answered this one.
  const [x, y] = (fields.x === "" && geometry && position(geometry, values.muscle, values.sub_site || null, side)) || kept;
  return { fields, look: { ...look, ...where, x, y, side, sub_site: values.sub_site || null } };
}

/** Where a muscle's sites lie: the words of the list of what is under a point. */
export function choices(geometry, x, y) {
  return hits(geometry, x, y).map((found) => ({ ...named(geometry, found), text: words(named(geometry, found)) }));
}
