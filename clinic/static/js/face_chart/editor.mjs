// One site changed by words: a form in the table, under its row; and the form that adds a site by its name.

import { byId, make } from "./dom.mjs";
import { clearErrors, fieldsOf, showErrors } from "./forms.mjs";
import { plainUnits, productOf } from "./state.mjs";

/**
 * `save(id, values)`, `add(values, form)` and `remove(id)` queue what the forms say; `closed(id)` takes the focus back,
 * `syringes()` gives those of the session.
 */
export class Editor {
  constructor({ save, add, remove, closed, syringes }) {
    Object.assign(this, { save, add, remove, closed, syringes });
    this.id = null;
    this.row = null;
    document.addEventListener("submit", (event) => this.#submitted(event));
    document.addEventListener("change", (event) => this.#changed(event));
    document.addEventListener("input", (event) => {
      if (event.target.name === "units" && event.target.form?.dataset.siteForm) event.target.form.typed = true;
    });
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.row?.contains(event.target)) this.close();
    });
    this.#fitSites(byId("add-site").querySelector("form"));
  }

  /** Open the form of a site below its row. */
  open(site, focus = "units") {
    this.close(false);
    const row = byId(`site-${site.id}`);
    if (!row) return;
    this.id = site.id;
    const form = this.#form();
    this.filled = {};
    this.row = make("tr", { className: "row-edit" }, make("td", { colSpan: 7 }, form));
    this.#fill(form, site);
    row.after(this.row);
    if (focus) form.elements[focus].focus();
    if (focus) form.elements[focus].select();
  }

  /** The form that adds a site, made to change one. */
  #form() {
    const form = byId("add-site").querySelector("form").cloneNode(true);
    form.dataset.siteForm = "edit";
    for (const node of form.querySelectorAll("[id]")) node.id = node.id.replace("add-", "edit-");
    for (const label of form.querySelectorAll("[for]")) label.htmlFor = label.htmlFor.replace("add-", "edit-");
    const [close, remove] = [["close", "Close", "button button-quiet"], ["remove", "Remove", "button button-stop push"]].map(([act, textContent, className]) => {
      const button = make("button", { type: "button", className, textContent });
      button.dataset.act = act;
      return button;
    });
    form.querySelector(".form-actions").append(close, remove);
    form.querySelector("[type=submit]").textContent = "Save";
    clearErrors(form);
    return form;
  }

  /** Close it; what was changed is saved already. */
  close(tell = true) {
    if (!this.row) return false;
    const id = this.id;
    this.row.remove();
    this.row = null;
    this.id = null;
    if (tell) this.closed(id);
    return true;
  }

  /** Show what stands now in every field that nobody has touched; what is half typed stays until it is saved. */
  follow(site) {
    if (!this.row) return;
    if (!site) {
      this.close();
      return;
    }
    const form = this.row.querySelector("form");
    const now = valuesOf(form);
    this.#fill(form, site, new Set(Object.keys(this.filled).filter((name) => now[name] !== this.filled[name])));
  }

  /** Follow a new site to its lasting id. */
  rename(before, after) {
    if (this.id === before) this.id = after;
  }

  /** Say what was refused beside its field; opens the form where it is not. */
  refuse(site, errors, message) {
    // Taking the focus or scrolling now would move the face from under a hand that goes on placing.
    if (this.id !== site.id) this.open(site, "");
    if (this.row) showErrors(this.row.querySelector("form"), errors, message, false);
  }

  #fill(form, site, touched = new Set()) {
    const values = { ...site, units: plainUnits(site) };
    if (!touched.has("units") && form.elements.units.value !== values.units) form.typed = false;
    for (const name of ["units", "syringe_id", "depth", "purpose", "note", "side"]) {
      if (!touched.has(name)) put(form.elements[name], values[name] ?? "");
    }
    if (!touched.has("syringe_id")) form.product = productOf(this.syringes(), site.syringe_id);
    if (!touched.has("muscle") && !touched.has("sub_site")) this.#fillPlace(form, site);
    this.filled = { ...valuesOf(form), ...Object.fromEntries([...touched].map((name) => [name, this.filled[name]])) };
  }

  #fillPlace(form, site) {
    put(form.elements.muscle, site.muscle ?? "");
    this.#fitSites(form);
    const places = form.elements.sub_site;
    if (places.value === (site.sub_site ?? "")) return;
    places.value = ""; // Several muscles have a site of the same key: the one of this muscle is meant.
    chooseIn(places, form.elements.muscle.selectedOptions[0]?.text, site.sub_site ?? "");
  }

  #fitSites(form) {
    const { muscle, sub_site: places } = form.elements;
    const label = muscle.selectedOptions[0]?.text;
    for (const group of places.querySelectorAll("optgroup")) {
      group.hidden = group.disabled = group.label !== label;
    }
    if (places.selectedOptions[0]?.parentNode.disabled) places.value = "";
    chooseIn(places, label, places.value);
  }

  #submitted(event) {
    const form = event.target;
    if (!form.dataset.siteForm) return;
    event.preventDefault();
    if (form.dataset.siteForm === "add") {
      this.add(valuesOf(form), form);
      return;
    }
    if (form.elements.units.hasAttribute("aria-invalid") && !form.elements.units.value) {
      form.elements.units.focus();
      return;
    }
    this.#save(form);
    this.close();
  }

  #changed(event) {
    const { form } = event.target;
    if (!form?.dataset.siteForm) return;
    if (event.target.name === "muscle") {
      form.elements.sub_site.value = "";
      this.#fitSites(form);
    }
    if (form.dataset.siteForm !== "edit") return;
    // A dose that was just taken out is entered before anything is saved.
    if (event.target.name === "syringe_id" && this.#takenOut(form)) return;
    this.#save(form);
  }

  /** Take the dose out when the syringe now holds another product; says whether it did. */
  #takenOut(form) {
    const { units, syringe_id: syringe } = form.elements;
    const one = this.syringes().find((known) => known.id === syringe.value);
    const other = one && form.product && one.product !== form.product && units.value;
    if (one) form.product = one.product;
    if (!other) return false;
    form.typed = false;
    units.value = "";
    showErrors(form, { units: `Units of one product are not those of another: enter the dose of ${one.product_name}.` }, "");
    return true;
  }

  #save(form) {
    clearErrors(form);
    const product = form.typed ? productOf(this.syringes(), form.elements.syringe_id.value) : "";
    this.filled = valuesOf(form);
    this.save(this.id, { ...this.filled, dose_product: product });
  }

  #clicked(event) {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (!this.row?.contains(event.target)) return;
    if (act === "close") this.close();
    if (act === "remove") {
      const id = this.id;
      this.close();
      this.remove(id);
    }
  }
}

/** Names of sites repeat from muscle to muscle: choose the one in the right group. */
function chooseIn(select, label, value) {
  const option = [...select.options].find((one) => one.value === value && one.parentNode.label === label);
  if (value && option) option.selected = true;
}

/** Write a value only where it changes: a cursor stays where it is. */
function put(control, value) {
  if (control.value !== value) control.value = value;
}

function valuesOf(form) {
  return { side: "", ...Object.fromEntries(fieldsOf(form)) };
}
