// The keys of the face: one table makes the handlers and the sheet that shows them.

import { byId, make } from "./dom.mjs";

const TIRED = 700; // milliseconds after which a number of a site is taken as complete
const PATIENCE = 3000; // milliseconds after which a key that waited is not meant any more

/**
 * The table: which keys, what they are called on the sheet, what they do. `act` holds the chart's own steps. With
 * `shift` an entry is only for a key pressed with (or without) it; `then` says what the next digits mean.
 */
export function table(act) {
  return [
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 … 9", text: "choose the dose of that place in the row for the next sites", run: (key) => act.dose(Number(key) - 1) },
    { keys: ["r"], shown: "R", text: "repeat the last session with the vial that is chosen", run: () => act.repeat() },
    { keys: ["s"], shown: "S, number", text: "choose the site of that number", then: "site", run: () => act.ask("Number of the site?") },
    { keys: ["d"], shown: "D, 1 … 9", text: "give the chosen site the dose of that place in the row", then: "dose", run: () => act.askDose() },
    { keys: ["n", "p"], shift: false, shown: "N, P", text: "next and previous site", run: (key) => act.step(key.toLowerCase() === "n" ? 1 : -1) },
    { keys: ["Enter"], shown: "Enter", text: "change the chosen site, its dose first; or place one at the crosshair", run: () => act.edit() },
    { keys: ["Delete", "Backspace"], shown: "Delete", text: "remove the chosen site", run: () => act.remove() },
    { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], shown: "Arrows", text: "move the chosen site or the crosshair by about 1 mm (with Shift 5 mm), else the enlarged view", run: (key, shift) => act.nudge(...NUDGE[key], shift ? 50 : 10) },
    { keys: ["a"], shown: "A", text: "a crosshair for placing sites: arrows move it, Enter places, Escape leaves", run: () => act.crosshair() },
    { keys: ["m"], shown: "M", text: "move the chosen site to the patient’s other side", run: () => act.mirror() },
    { keys: ["o"], shown: "O", text: "choose among all muscles under the point", run: () => act.under() },
    { keys: ["c"], shift: false, shown: "C", text: "confirm the chosen copy; with no site chosen, all that the face shows", run: () => act.confirm() },
    { keys: ["c"], shift: true, shown: "Shift+C", text: "confirm all copies that the face shows (after the time-out)", run: () => act.confirm(true) },
    { keys: ["z"], shown: "Z, Shift+Z", text: "undo and redo, to any depth (also Ctrl+Z, Ctrl+Y)", always: true, run: (key, shift) => (shift ? act.redo() : act.undo()) },
    { keys: ["g"], shown: "G", text: "show or hide the last session", run: () => act.ghost() },
    { keys: ["[", "]"], shown: "[ ]", text: "walk to the earlier or the later session", run: (key) => act.walk(key === "[" ? -1 : 1) },
    { keys: ["n", "p"], shift: true, shown: "Shift+N, Shift+P", text: "next and previous site of the session that is shown", run: (key) => act.stepGhost(key.toLowerCase() === "n" ? 1 : -1) },
    { keys: ["t"], shown: "T", text: "take over the site stepped to, under the pointer, or next in order", run: () => act.take() },
    { keys: ["+", "=", "-", "0"], shown: "+ − 0", text: "zoom in, out, whole face", run: (key) => act.zoom(key) },
    { keys: ["/"], shown: "/", text: "go to the shorthand line", run: () => act.shorthand() },
    { keys: ["?"], shown: "?", text: "show these keys", run: () => act.help() },
    { keys: ["Escape"], shown: "Escape", text: "close, leave the crosshair, or choose no site", run: () => act.close() },
  ];
}

const NUDGE = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The entry of a pressed key, or undefined; keys with Ctrl, Alt or Meta belong to the browser. */
export function found(entries, event) {
  // Many keyboards reach the brackets and the slash only with AltGr, which counts as Ctrl and Alt.
  const sign = event.key.length === 1 && !/[a-z0-9]/i.test(event.key) && event.getModifierState?.("AltGraph");
  if (!sign && (event.ctrlKey || event.altKey || event.metaKey)) return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return entries.find((entry) => entry.keys.includes(key) && (entry.shift === undefined || entry.shift === Boolean(event.shiftKey)));
}

/** Which of undo and redo a key with Ctrl asks for, if any. */
export function ctrlled(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return "";
  const key = event.key.toLowerCase();
  if (key === "y" || (key === "z" && event.shiftKey)) return "redo";
  return key === "z" ? "undo" : "";
}

/** A number typed digit by digit; `done(number)` is called once no longer number could be meant, or after a while. */
export class Digits {
  constructor({ done, highest, wait = (run) => setTimeout(run, TIRED), stop = (timer) => clearTimeout(timer) }) {
    Object.assign(this, { done, highest, wait, stop, text: "" });
  }

  /** Take a key; says whether it was one of this number's. Any other key ends the number first. */
  take(key) {
    if (/^[0-9]$/.test(key)) {
      this.text += key;
      this.stop(this.timer);
      if (Number(this.text) * 10 > this.highest()) this.end();
      else this.timer = this.wait(() => this.end());
      return true;
    }
    const open = this.text !== "";
    if (key === "Escape") this.cancel();
    else this.end();
    return key === "Escape" || (key === "Enter" && open);
  }

  /** The number is complete. */
  end() {
    this.stop(this.timer);
    const number = this.text;
    this.cancel();
    if (number) this.done(Number(number));
  }

  /** Forget what was typed. */
  cancel() {
    this.stop(this.timer);
    this.text = "";
    this.over?.();
  }
}

/**
 * Listen on the face, and fill the sheet of keys from the same table. While a step that renumbers the sites is under
 * way, keys wait for its answer: they are meant for the list as it stands after it.
 */
export class Keys {
  constructor(svg, entries, act) {
    Object.assign(this, { entries, act, next: null, waiting: [] });
    svg.addEventListener("keydown", (event) => this.#pressed(event));
    svg.addEventListener("blur", () => this.next?.cancel());
    const rows = entries.flatMap((entry) => [make("dt", {}, make("kbd", {}, entry.shown)), make("dd", {}, entry.text)]);
    byId("keys").querySelector("dl").replaceChildren(...rows);
  }

  #pressed(event) {
    if (["Shift", "Control", "Alt", "Meta", "AltGraph", "Tab"].includes(event.key)) return;
    const { key, shiftKey } = event;
    const entry = found(this.entries, event);
    if (!entry && !/^[0-9]$/.test(key)) return;
    event.preventDefault();
    if (!this.act.busy() || entry?.always) {
      this.waiting = [];
      this.#run(entry, key, shiftKey);
    } else if (this.act.stuck()) this.act.late();
    else this.waiting.push({ entry, key, shiftKey, at: event.timeStamp });
  }

  #run(entry, key, shift) {
    if (this.next?.take(key)) return;
    if (!entry) return;
    const open = entry.run(key, shift) !== false;
    if (entry.then && open) this.#expect(entry.then);
  }

  #expect(what) {
    const most = { site: () => this.act.highest(), dose: () => 1 }[what];
    const taken = { site: (number) => this.act.choose(number), dose: (number) => this.act.giveDose(number - 1) }[what];
    this.next = Object.assign(new Digits({ done: taken, highest: most }), { over: () => { this.next = null; } });
  }

  /** What was waited for has come: run the keys that were pressed meanwhile. */
  goOn() {
    if (this.waiting.length && performance.now() - this.waiting[0].at > PATIENCE) {
      this.forget();
      this.act.late();
    }
    while (this.waiting.length && !this.act.busy()) {
      const { entry, key, shiftKey } = this.waiting.shift();
      this.#run(entry, key, shiftKey);
    }
  }

  /** What was waited for was refused: keys pressed meanwhile were meant for something else. */
  forget() {
    this.waiting = [];
    this.next?.cancel();
  }
}
