// The keys of the face: one table makes the handlers and the sheet that shows them.

import { byId, make } from "./dom.mjs";

/** The table: which keys, what they are called on the sheet, what they do. `act` holds the chart's own steps. */
export function table(act) {
  return [
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 … 9", text: "choose the dose of that place in the row", run: (key) => act.dose(Number(key) - 1) },
    { keys: ["n"], shown: "N", text: "next site", run: () => act.step(1) },
    { keys: ["p"], shown: "P", text: "previous site", run: () => act.step(-1) },
    { keys: ["Enter"], shown: "Enter", text: "change the chosen site in the table", run: () => act.edit() },
    { keys: ["Delete", "Backspace"], shown: "Delete", text: "remove the chosen site", run: () => act.remove() },
    { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], shown: "Arrows", text: "move it by 0.1 (with Shift 0.5) of a unit of the drawing, about 1 mm (5 mm)", run: (key, shift) => act.nudge(...NUDGE[key], shift ? 50 : 10) },
    { keys: ["m"], shown: "M", text: "move it to the patient’s other side", run: () => act.mirror() },
    { keys: ["o"], shown: "O", text: "choose among all muscles under the point", run: () => act.under() },
    { keys: ["?"], shown: "?", text: "show these keys", run: () => act.help() },
    { keys: ["Escape"], shown: "Escape", text: "close, or choose no site", run: () => act.close() },
  ];
}

const NUDGE = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The entry of a pressed key, or undefined; keys with Ctrl, Alt or Meta belong to the browser. */
export function found(entries, event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return entries.find((entry) => entry.keys.includes(key));
}

/** Listen on the face, and fill the sheet of keys from the same table. */
export function listen(svg, entries) {
  svg.addEventListener("keydown", (event) => {
    const entry = found(entries, event);
    if (!entry) return;
    event.preventDefault();
    entry.run(event.key, event.shiftKey);
  });
  const rows = entries.flatMap((entry) => [make("dt", {}, make("kbd", {}, entry.shown)), make("dd", {}, entry.text)]);
  byId("keys").querySelector("dl").replaceChildren(...rows);
}
