// A list of what may stand at the cursor of a text field (an ARIA combobox). It takes a key only once it was entered.

import { make } from "./dom.mjs";

export class CompletionList {
  /** `ask()` fetches candidates for an empty word; `taken()` is called after one was put into the text. */
  constructor(input, list, { ask, taken }) {
    Object.assign(this, { input, list, ask, taken, at: -1, found: null });
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    this.close();
    input.addEventListener("keydown", (event) => this.#pressed(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take([...list.children].indexOf(option));
    });
  }

  /** Offer candidates; while nothing of a word is typed, or a number is, only when they were asked for. */
  offer(found, asked = false) {
    this.found = found;
    const word = /^\p{L}/u.test(this.input.value.slice(found.start, found.end));
    if (!found.candidates.length || (!word && !asked)) {
      this.close();
      return;
    }
    const options = found.candidates.map((one, index) => make("li", { id: `${this.list.id}-${index}`, role: "option" }, make("b", {}, one.text), make("span", { className: "muted" }, one.label)));
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.#mark(asked ? 0 : -1);
  }

  /** Take the list away. */
  close() {
    this.list.hidden = true;
    this.#mark(-1);
  }

  #mark(at) {
    this.at = at;
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    if (at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", this.list.children[at].id);
  }

  #pressed(event) {
    const { key } = event;
    const open = !this.list.hidden;
    const count = this.list.children.length;
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || (event.shiftKey && key === "Tab")) return;
    if (key === "ArrowDown" && !open) this.ask();
    else if (key === "ArrowDown" && open) this.#mark((this.at + 1) % count);
    else if (key === "ArrowUp" && open) this.#mark((this.at <= 0 ? count : this.at) - 1);
    else if (key === "Tab" && open && this.at < 0) this.#mark(0);
    else if ((key === "Tab" || key === "Enter") && open && this.at >= 0) this.#take(this.at);
    else if (key === "Escape" && open) this.close();
    else return;
    event.preventDefault();
  }

  #take(at) {
    const { start, end, candidates } = this.found;
    const text = this.input.value;
    const gap = /^\s/.test(text.slice(end)) ? "" : " ";
    this.input.setRangeText(`${candidates[at].text}${gap}`, start, end, "end");
    this.close();
    this.taken();
  }
}
