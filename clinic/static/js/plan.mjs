// The planner: a row of the list lights its muscle and shows its reasons at the side; a muscle on the face chooses its row.

const face = document.querySelector(".pattern-face .face");
const rows = [...document.querySelectorAll("[data-target]")];
const reasons = [...document.querySelectorAll("[data-reasons]")];
const side = document.getElementById("reasons");
const narrow = matchMedia("(max-width: 1099px)");
const shapes = [...(face?.querySelectorAll('[data-layer="grades"] [data-key]') ?? [])];

function choose(key) {
  for (const row of rows) row.querySelector("tr").classList.toggle("is-on", row.dataset.target === key);
  for (const shape of shapes) shape.classList.toggle("is-lit", shape.dataset.key === key);
  const row = rows.find((one) => one.dataset.target === key);
  for (const part of reasons) {
    part.hidden = part.dataset.reasons !== key;
    // Where there is no room at the side, the reasons stand under their row.
    if (narrow.matches && !part.hidden) row.querySelector("td[colspan]").prepend(part);
    else if (!narrow.matches && part.parentNode !== side) side.append(part);
  }
  side.hidden = narrow.matches && rows.length > 0;
}

for (const row of rows) {
  row.addEventListener("click", () => choose(row.dataset.target));
  row.addEventListener("focusin", () => choose(row.dataset.target));
  // Without a script the link leads to the reasons; with it they stand in view already.
  row.querySelector("[data-choose]").addEventListener("click", (event) => event.preventDefault());
}
face?.addEventListener("click", (event) => {
  const key = event.target.closest?.('[data-layer="grades"] [data-key]')?.dataset.key;
  const row = rows.find((one) => one.dataset.target === key);
  if (!row) return;
  choose(key);
  row.closest("details:not([open])")?.setAttribute("open", "");
  row.querySelector("[data-choose]").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
});
narrow.addEventListener("change", () => rows.length && choose(rows.find((row) => row.querySelector(".is-on"))?.dataset.target));
const here = rows.find((row) => row.querySelector("details[open]")) ?? rows[0];
if (here) choose(here.dataset.target);

// "None of these" answers only what is open, and saves nothing by itself.
for (const button of document.querySelectorAll("[data-none-of]")) {
  const boxes = [...document.getElementById(button.dataset.noneOf).querySelectorAll('input[type="radio"][value="no"]')];
  const isOpen = (box) => box.form.elements.namedItem(box.name).value === "";
  button.hidden = !boxes.some(isOpen);
  button.addEventListener("click", () => {
    for (const box of boxes.filter(isOpen)) box.click();
    button.hidden = true;
  });
}
document.documentElement.dataset.ready = "";
