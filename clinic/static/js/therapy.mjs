// The therapy page: a further row of feedback without saving first.

import { make } from "./face_chart/dom.mjs";

const rows = document.getElementById("feedback-rows");
const add = make("button", { type: "button", className: "button button-small", textContent: "Another unwanted movement", onclick: further });

/** Copy the last row, blank and under the next number; the server takes as many as it names. */
function further() {
  const number = rows.children.length + 1;
  const row = rows.lastElementChild.cloneNode(true);
  for (const errors of row.querySelectorAll(".field-errors")) errors.remove();
  for (const part of [row, ...row.querySelectorAll("*")]) {
    for (const name of ["id", "for", "name", "aria-labelledby"]) {
      if (part.hasAttribute(name)) part.setAttribute(name, part.getAttribute(name).replace(/-\d+$/, `-${number}`));
    }
    for (const name of ["aria-invalid", "aria-describedby"]) part.removeAttribute(name);
    part.classList.remove("field-bad");
    if ("value" in part && part.matches("input")) part.value = "";
    if (part.matches("select")) part.selectedIndex = 0;
  }
  row.querySelector("p").textContent = `Unwanted movement ${number}`;
  rows.append(row);
  row.querySelector("select").focus();
  add.hidden = number >= Number(rows.dataset.most);
}

if (rows && rows.children.length < Number(rows.dataset.most)) rows.after(add);
