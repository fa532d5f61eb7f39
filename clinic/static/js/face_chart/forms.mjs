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
export function isDirty(control) {
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
    const control = name && form.elements.namedItem(name);
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

/** Compare with the page as it is now on the server: untouched fields take its values, touched ones show both. */
export function compare(fresh) {
  for (const form of document.querySelectorAll('form[data-save="input"], form[data-save="change"]')) {
    const other = [...fresh.forms].find((one) => one.getAttribute("action") === form.getAttribute("action"));
    for (const control of other ? form.elements : []) compareOne(control, other);
  }
}

function compareOne(control, other) {
  if (!control.name || ENVELOPE.has(control.name)) return;
  const twin = [...other.elements].find((one) => one.name === control.name && (control.type !== "radio" && control.type !== "checkbox" || one.value === control.value));
  if (!twin) return;
  const dirty = isDirty(control);
  if (control.type === "radio" || control.type === "checkbox") {
    control.defaultChecked = twin.defaultChecked;
    if (!dirty && control.checked !== twin.defaultChecked) control.checked = twin.defaultChecked;
  } else if (control.type === "select-one") {
    control.dataset.saved = twin.value;
    if (!dirty) control.value = twin.value;
  } else {
    const moved = control.defaultValue !== twin.defaultValue;
    control.defaultValue = twin.defaultValue;
    if (!dirty) control.value = twin.defaultValue;
    else if (moved) showBoth(control, twin.defaultValue);
  }
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
