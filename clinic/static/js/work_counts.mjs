// How many wait on each work list, filled in on Today once the page is there. Without an answer the links stay as they are.

import { automatic } from "./activity.mjs";

fillIn(document.querySelector("[data-counts]"));

async function fillIn(lists) {
  const answer = await fetch(lists.dataset.counts, { headers: automatic() }).catch(() => null);
  const counts = answer?.ok ? await answer.json() : {};
  for (const place of lists.querySelectorAll("[data-list]")) {
    const count = counts[place.dataset.list];
    if (count) place.replaceChildren(number(count.due), ...overdue(count.overdue));
  }
}

function number(due) {
  const element = document.createElement("b");
  element.className = "num";
  element.textContent = due;
  return element;
}

function overdue(late) {
  if (!late) return [];
  const element = document.createElement("span");
  element.className = "warn-text";
  element.textContent = `${late} overdue`;
  return [" ", element];
}
