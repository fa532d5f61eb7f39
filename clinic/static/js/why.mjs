// The "why" of a proposal opens beside what is being typed: the rule with its evidence, sources and conditions, in a panel.
// Without this file, or without an answer, the link leads to the rule's own page.

import { pageOf } from "./face_chart/dom.mjs";

const panel = document.createElement("dialog");
panel.setAttribute("aria-label", "Why");
document.body.append(panel);

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-why]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const page = await pageOf(link.href);
  const parts = [...(page?.querySelectorAll("[data-why-part]") ?? [])];
  if (!parts.length) location.assign(link.href);
  else show(parts, link);
});

function show(parts, link) {
  panel.replaceChildren(...parts.map((part) => document.adoptNode(part)), ways(link));
  panel.showModal();
  panel.scrollTop = 0;
}

function ways(link) {
  const row = document.createElement("div");
  row.className = "form-actions";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button-primary";
  close.textContent = "Close";
  close.addEventListener("click", () => panel.close());
  const more = document.createElement("a");
  more.href = link.href;
  more.textContent = "Examples, and switching it off";
  row.append(close, more);
  return row;
}

panel.addEventListener("close", () => panel.replaceChildren());
