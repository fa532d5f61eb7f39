// The page's forms, saved without leaving it: the same fields to the same addresses as without this script.

import { byId, make, pageOf, write } from "./dom.mjs";

const SOON = 1200;
const ENVELOPE = new Set(["csrf_token", "idempotency_key", "edit_version"]);

/** The fields of a form without its envelope; repeated names stay repeated. */
export function fieldsOf(form) {
  return [...new FormData(form)].filter(([name]) => !ENVELOPE.has(name));
}

/** Watch every form that says how it is saved; `add` queues a change. */
export function watch(add) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.save) return;
    event.preventDefault();
    if (form.dataset.save === "submit") add(whole(form));
    else save(form, add, 0);
  });
  document.addEventListener("input", (event) => later(event, add, SOON));
  document.addEventListener("change", (event) => later(event, add, 0));
}

function later(event, add, wait) {
  const { form } = event.target;
  if (form && ["input", "change"].includes(form.dataset.save) && isDirty(event.target)) save(form, add, wait);
}

function save(form, add, wait) {
  const due = wait ? Date.now() + wait : 0;
  if (form.dataset.save === "change") {
    add({ ...whole(form), due });
    return;
  }
  const changed = [...form.elements].filter((control) => control.name && !ENVELOPE.has(control.name) && isDirty(control));
  if (changed.length) add({ ...whole(form), due, partial: true, fields: Object.fromEntries(changed.map((one) => [one.name, one.value])) });
}

function whole(form) {
  // What is saved by its button is an act of its own; what is saved as it changes is one form's newest values.
  const merge = form.dataset.save === "submit" ? undefined : `form:${form.action}`;
  return { kind: "form", form, url: form.action, merge, fields: fieldsOf(form) };
}

/** Whether a control holds something else than what is on record. */
function isDirty(control) {
  if (control.type === "radio" || control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.type === "select-one") return control.value !== (control.dataset.saved ?? firstChosen(control));
  return control.value !== control.defaultValue;
}

function firstChosen(select) {
  return ([...select.options].find((one) => one.defaultSelected) ?? select.options[0])?.value;
}

/** What a form sent is on record now. */
export function settle(op) {
  clearErrors(op.form);
  if (op.form.dataset.save === "submit") {
    op.form.reset();
    return;
  }
  const sent = new Map(Array.isArray(op.fields) ? op.fields : Object.entries(op.fields));
  for (const control of op.form.elements) {
    if (control.type === "radio" || control.type === "checkbox") control.defaultChecked = control.checked;
    else if (control.type === "select-one") control.dataset.saved = sent.get(control.name) ?? control.value;
    else if (sent.has(control.name) && "defaultValue" in control && control.type !== "hidden") control.defaultValue = sent.get(control.name);
  }
}

/** Take the part of the page that a form stands in from the server again. */
export async function refresh(form, address) {
  const id = form.dataset.refresh;
  const fresh = (await pageOf(address))?.getElementById(id);
  const old = byId(id);
  if (!fresh || !old) return;
  const focused = old.contains(document.activeElement);
  old.replaceWith(document.adoptNode(fresh));
  if (focused) byId(id).querySelector("button").focus();
}

/** Show a refusal beside its fields; what belongs to none stands above the form's button. */
export function showErrors(form, errors, message, focus = true) {
  clearErrors(form);
  const named = Object.entries(errors);
  for (const [name, text] of named.length ? named : [["", message]]) {
    const control = name ? form.elements.namedItem(name) : null;
    const place = (control?.length && !control.tagName ? control[0] : control)?.closest(".field, .question, fieldset") ?? form;
    place.append(make("ul", { className: "field-errors", role: "alert" }, make("li", {}, text)));
    if (control?.setAttribute) control.setAttribute("aria-invalid", "true");
  }
  if (focus) (form.querySelector("[aria-invalid]") ?? form.querySelector("input:not([type=hidden]), select, button"))?.focus();
}

/** Take a form's refusals away. */
export function clearErrors(form) {
  for (const list of form.querySelectorAll("ul.field-errors")) list.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/**
 * Compare with the page as it is now on the server: untouched fields take its values, touched ones show both. Gives the
 * fields that were touched here, by form: name → { label, mine, saved, clash }, where `clash` says that they changed there too.
 */
export function compare(fresh) {
  const touched = new Map();
  for (const form of document.querySelectorAll('form[data-save="input"], form[data-save="change"]')) {
    const other = [...fresh.forms].find((one) => one.getAttribute("action") === form.getAttribute("action"));
    const found = new Map();
    const chosen = chosenHere(form);
    const changed = new Set([...form.elements].filter((one) => one.name && isDirty(one))); // Before one of a row moves the rest.
    for (const control of other ? form.elements : []) {
      const seen = compareOne(control, other, changed.has(control));
      if (seen) note(found, control, other, seen);
    }
    for (const control of chosen) control.checked = true; // A choice made here is not undone by one made there.
    touched.set(form, found);
  }
  return touched;
}

function chosenHere(form) {
  const choices = [...form.elements].filter((one) => one.type === "radio");
  const changed = new Set(choices.filter(isDirty).map((one) => one.name));
  return choices.filter((one) => one.checked && changed.has(one.name));
}

function note(found, control, other, { dirty, moved }) {
  const before = found.get(control.name) ?? { dirty: false, clash: false };
  const one = { dirty: before.dirty || dirty, clash: before.clash || moved };
  const group = control.form.elements.namedItem(control.name);
  found.set(control.name, { ...one, label: labelOf(control), mine: shown(group), saved: shown(other.elements.namedItem(control.name)) });
}

/** What a field is called: the question of a row of answers, or the label of the control. */
function labelOf(control) {
  const question = control.closest("fieldset")?.querySelector("legend");
  const own = control.getAttribute("aria-label") ?? control.labels?.[0]?.textContent ?? control.name;
  return (control.type === "radio" && question ? question.firstChild.textContent : own).trim();
}

/** A field's value in the words of the page. */
function shown(field) {
  if (!field) return "";
  const several = field.tagName ? [field] : [...field];
  if (several[0].type === "radio" || several[0].type === "checkbox") {
    return several.filter((one) => one.checked).map((one) => one.labels?.[0]?.textContent.trim() || "yes").join(", ") || "not answered";
  }
  if (several[0].type === "select-one") return several[0].selectedOptions[0]?.text ?? "";
  return several[0].value ? `“${several[0].value}”` : "nothing";
}

/** Put fields back to what is on record. */
export function putBack(form, names) {
  for (const control of [...form.elements].filter((one) => names.includes(one.name))) {
    if (control.type === "radio" || control.type === "checkbox") control.checked = control.defaultChecked;
    else if (control.type === "select-one") control.value = control.dataset.saved ?? control.value;
    else control.value = control.defaultValue;
    control.closest(".field")?.querySelector(".on-record")?.remove();
  }
}

/** Whether anything in a form is not on record. */
export function touchedIn(form) {
  return [...form.elements].some((control) => control.name && !ENVELOPE.has(control.name) && isDirty(control));
}

/** Take the parts that are drawn by the server alone from a fresh page. */
export function renew(fresh) {
  for (const form of document.querySelectorAll("form[data-refresh]")) {
    const part = byId(form.dataset.refresh);
    const other = fresh.getElementById(form.dataset.refresh);
    if (part && other && !touchedIn(form)) part.replaceWith(document.adoptNode(other));
  }
}

function compareOne(control, other, dirty) {
  if (!control.name || ENVELOPE.has(control.name)) return null;
  const twin = [...other.elements].find((one) => one.name === control.name && (control.type !== "radio" && control.type !== "checkbox" || one.value === control.value));
  if (!twin) return null;
  let moved = false;
  if (control.type === "radio" || control.type === "checkbox") {
    moved = control.defaultChecked !== twin.defaultChecked;
    control.defaultChecked = twin.defaultChecked;
    if (!dirty && control.checked !== twin.defaultChecked) control.checked = twin.defaultChecked;
  } else if (control.type === "select-one") {
    moved = (control.dataset.saved ?? firstChosen(control)) !== twin.value;
    control.dataset.saved = twin.value;
    if (!dirty) control.value = twin.value;
  } else {
    moved = control.defaultValue !== twin.defaultValue;
    control.defaultValue = twin.defaultValue;
    if (!dirty) control.value = twin.defaultValue;
    else if (moved) showBoth(control, twin.defaultValue);
  }
  return dirty || moved ? { dirty, moved } : null;
}

function showBoth(control, onRecord) {
  const place = control.closest(".field") ?? control.form;
  const note = place.querySelector(".on-record") ?? make("p", { className: "field-hint on-record" });
  write(note, `On record now: ${onRecord || "nothing"}`);
  place.append(note);
}

/** Let go of what was typed and is not on record. */
export function restore(form) {
  form.reset();
  for (const select of form.querySelectorAll("select[data-saved]")) select.value = select.dataset.saved;
  for (const note of form.querySelectorAll(".on-record")) note.remove();
  clearErrors(form);
}
