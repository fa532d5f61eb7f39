// The outcome page, quicker: a chip and an exact answer to the same question replace each other, and a day on which it
// had worn off says that it has. Without this script the server asks which of the two is meant.

import { guard } from "./unsaved.mjs";

const form = document.querySelector("#review");

/** The field that answers the same question exactly: `exact-…` for an effect, `…_exact` for a day. */
function exactName(name) {
  return name.startsWith("effect-") ? name.replace("effect-", "exact-") : `${name}_exact`;
}

/** The chips that an exact field stands beside. */
function chipName(name) {
  return name.startsWith("exact-") ? name.replace("exact-", "effect-") : name.replace(/_exact$/, "");
}

function choose(name, value) {
  const chip = [...form.querySelectorAll(`input[type="radio"]`)].find((one) => one.name === name && one.value === value);
  if (chip) chip.checked = true;
}

function changed(event) {
  const { name, type, value } = event.target;
  if (type === "radio" && value) {
    const exact = form.elements.namedItem(exactName(name));
    if (exact) exact.value = "";
  } else if (type !== "radio" && value.trim() && chipName(name) !== name) {
    choose(chipName(name), "");
  }
  if (/^worn_off_day/.test(name) && value.trim()) choose("wearing", "worn off");
}

form?.addEventListener("change", changed);
if (form) guard(form);
