// The form of an adverse event: what a kind asks for, and what it calls for at once, stand there as soon as it is chosen.

import { guard } from "./unsaved.mjs";

const form = document.querySelector("#event");

function show(kind) {
  for (const part of document.querySelectorAll("[data-kind]")) part.hidden = part.dataset.kind !== kind;
  const urgent = document.querySelector("#urgent > :not([hidden])");
  urgent?.scrollIntoView({ block: "start" });
}

for (const plain of form?.querySelectorAll("[data-plain]") ?? []) plain.hidden = true;
form?.addEventListener("change", (event) => {
  if (event.target.name === "kind") show(event.target.value);
});
if (form) guard(form);
