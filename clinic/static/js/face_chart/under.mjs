// The list of what lies under a point, to choose from: a menu for keys and fingers.

import { byId, make } from "./dom.mjs";

/** Open the list beside a point of the window; `choices` have a text each, `closed` is called when it goes. */
export function openList(choices, [left, top], chosen, closed) {
  const menu = make("div", { className: "menu", id: "under", role: "menu" });
  menu.setAttribute("aria-label", "What lies under this point");
  menu.closed = closed;
  for (const one of choices) {
    const button = make("button", { type: "button", textContent: one.text, onclick: () => { closeList(); chosen(one); } });
    button.setAttribute("role", "menuitem");
    menu.append(button);
  }
  menu.onkeydown = (event) => steer(event, menu);
  byId("face").append(menu);
  const frame = byId("face").getBoundingClientRect();
  menu.style.left = `${Math.max(0, Math.min(left - frame.left, frame.width - menu.offsetWidth))}px`;
  menu.style.top = `${Math.max(0, Math.min(top - frame.top + 8, frame.height - menu.offsetHeight))}px`;
  menu.firstElementChild.focus({ preventScroll: true });
}

/** Take the list away; false when there is none. */
export function closeList() {
  const menu = byId("under");
  if (!menu) return false;
  menu.remove();
  menu.closed();
  return true;
}

function steer(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") closeList();
  else if (step) {
    const items = [...menu.children];
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
