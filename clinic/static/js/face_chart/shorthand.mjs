// The shorthand line. What it means is the server's to say: it reads the text as it is typed; there is no parser here.

import { announce, byId, dataOf, make, write } from "./dom.mjs";
import { clearErrors } from "./forms.mjs";
import { CompletionList } from "./completion.mjs";

const ECHO = 120;
const KEEP = 800;
const MERGE = "line";

/** Put the focus into the line. */
export function focusLine() {
  byId("line-text").focus();
}

export class ShorthandLine {
  /** `chart` gives `state`, `queue`, `syringe` with `noSyringe()`, and `base`, the visit's address. */
  constructor(chart) {
    this.chart = chart;
    this.form = byId("line");
    this.input = byId("line-text");
    this.base = `${chart.base}/shorthand`;
    this.was = null;
    this.aside = "";
    this.asked = 0;
    this.busy = false;
    this.sent = false;
    this.list = new CompletionList(this.input, byId("line-list"), { ask: () => this.#echo(true), taken: () => this.#typed() });
    this.input.addEventListener("input", () => this.#typed());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter();
    });
    byId("shorthand").addEventListener("click", (event) => this.#clicked(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.was !== null && this.input.value !== this.was) event.preventDefault();
    });
    if (this.input.value) this.#echo();
  }

  #typed() {
    clearErrors(this.form);
    clearTimeout(this.soon);
    this.soon = setTimeout(async () => {
      if (await this.#echo()) announce(this.#status().textContent);
    }, ECHO);
    if (this.was === null) this.#queue("/keep", { shorthand: this.input.value }, Date.now() + KEEP);
  }

  #queue(path, fields, due = 0) {
    const text = `the shorthand line “${fields.shorthand}”`;
    // A line to chart never takes the place of a line to keep: what is refused is on record all the same.
    this.chart.queue.add({ kind: "line", merge: MERGE + path, barrier: !due, form: this.form, url: `${this.base}${path}`, fields, due, text });
  }

  /** Show what the server reads in the text; gives its answer, or null when there is none or the text went on. */
  async #echo(open = false) {
    clearTimeout(this.soon);
    this.asked += 1;
    const turn = this.asked;
    const text = this.input.value;
    const answer = text.trim() || open ? await this.#read(text) : { items: [], problems: [], total: "", completion: null };
    if (turn !== this.asked) return null;
    if (answer) this.#show(text, answer);
    else write(this.#status(), "Not read yet: the server does not answer. The text stays here.");
    if (answer?.completion && document.activeElement === this.input) this.list.offer(answer.completion, open);
    else this.list.close();
    return answer;
  }

  #read(text) {
    const { value: token } = this.form.elements.csrf_token;
    const body = new URLSearchParams({ shorthand: text, cursor: String(this.input.selectionStart ?? text.length), csrf_token: token });
    return dataOf(`${this.base}/echo`, { method: "POST", body, signal: AbortSignal.timeout(8000) });
  }

  #show(text, { items, problems, total }) {
    const read = byId("line-read");
    const status = this.#status();
    write(status, problems.length ? `Not understood: ${problems.length} ${problems.length === 1 ? "part" : "parts"}. Nothing is charted until it is mended.` : total);
    const wrong = problems.map((one) => make("li", {}, ...(one.message.startsWith("“") ? [] : [make("mark", {}, one.text || text), " "]), one.message));
    const right = items.map((one) => make("li", {}, one.words));
    status.className = problems.length ? "stop-text" : "";
    const lists = [problems.length && make("p", {}, ...marked(text, problems)), wrong.length && list(wrong), right.length && list(right, "list small muted")];
    read.replaceChildren(status, ...lists.filter(Boolean));
  }

  #status() {
    return byId("line-status") ?? byId("line-read").appendChild(make("p", { id: "line-status" }));
  }

  async #enter() {
    if (this.busy || !this.input.value.trim()) return;
    const missing = this.chart.noSyringe();
    if (missing) {
      this.#say(missing);
      return;
    }
    this.#hold(true);
    const answer = await this.#echo();
    this.list.close();
    if (answer?.problems.length) {
      this.#hold(false);
      this.input.setAttribute("aria-invalid", "true");
      announce(`Nothing was charted. ${answer.problems[0].message}`);
      return;
    }
    const fields = { shorthand: this.input.value, syringe_id: this.chart.syringe };
    if (this.was === null) this.#queue("", fields);
    else this.#queue("/rewrite", { ...fields, was: this.was });
    this.sent = this.busy;
  }

  #hold(held) {
    this.busy = held;
    this.sent = false;
    this.input.readOnly = held;
  }

  #say(text) {
    const status = this.#status();
    status.className = "";
    write(status, text);
    announce(text);
  }

  /** Take in that the server answered a change of the line. */
  answered(op, data) {
    if (!isAct(op)) return;
    this.#hold(false);
    const rewritten = this.was !== null;
    this.was = null;
    this.#put(rewritten ? this.aside : "", rewritten ? this.aside : "");
    byId("line-read").replaceChildren();
    this.#say(rewritten ? "The sites are rewritten." : `Charted. ${data.sites.length} sites in all.`);
  }

  /** Keep in step with the queue: a line that waits is held, one that was refused can be mended. */
  render() {
    const { queue, state } = this.chart;
    if (this.sent && !queue.ops.some(isAct)) this.#hold(false);
    // What somebody else keeps there shows as long as nothing is typed here.
    const idle = this.was === null && document.activeElement !== this.input && !queue.unsaved.some((op) => op.form === this.form);
    if (idle && this.input.value === this.input.defaultValue && state.shorthand !== this.input.value) this.#put(state.shorthand, state.shorthand);
  }

  #put(text, kept) {
    this.input.value = text;
    this.input.defaultValue = kept;
    this.form.querySelector(".field-hint")?.remove();
    for (const button of this.form.querySelectorAll("[data-line]")) button.hidden = (button.dataset.line === "back") === (this.was === null);
    write(byId("shorthand-label"), this.was === null ? "Shorthand" : "Today’s sites as a line");
    write(this.form.querySelector('[type="submit"]'), this.was === null ? "Chart" : "Rewrite");
    if (text) this.#echo();
  }

  async #clicked(event) {
    const at = event.target.closest("[data-line]");
    if (!at) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.busy) return;
    if (at.dataset.line === "today") await this.#today(at.href);
    else this.#back();
    this.input.focus();
  }

  async #today(address) {
    const all = await this.chart.queue.sentAll();
    const found = all && await dataOf(address);
    if (!found) this.#say(`The sites are not loaded: ${all ? "the server does not answer" : "not everything is saved yet"}. Try again in a moment.`);
    else if (found.given) this.#say("Sites are marked given, so the list is not rewritten as a line any more.");
    else if (!found.line) this.#say(["There is no site yet that a line can say.", ...found.left].join(" "));
    else this.#rewrite(found);
  }

  #rewrite({ line, left }) {
    this.aside = this.input.value;
    this.was = line;
    this.#put(line, line);
    announce(["Today’s sites as a line. Enter rewrites them all at once.", ...left].join(" "));
    this.input.setSelectionRange(line.length, line.length);
    if (left.length) this.form.querySelector(".field").append(make("p", { className: "field-hint" }, `Left as they are: ${left.join(" ")}`));
  }

  #back() {
    this.was = null;
    this.chart.queue.drop((op) => isAct(op) && op.errors);
    clearErrors(this.form);
    byId("line-read").replaceChildren();
    this.#put(this.aside, this.aside);
  }
}

/** Whether a change charts a line, rather than keeps it. */
function isAct(op) {
  return op.merge === MERGE || op.merge === `${MERGE}/rewrite`;
}

function list(items, className = "list small") {
  return make("ul", { className }, ...items);
}

/** The text with what was not understood marked in it. */
function marked(text, problems) {
  const parts = [];
  let at = 0;
  for (const { start, end } of [...problems].sort((one, other) => one.start - other.start)) {
    if (start > at) parts.push(text.slice(at, start));
    if (end > at) parts.push(make("mark", {}, text.slice(Math.max(at, start), end)));
    at = Math.max(at, end);
  }
  parts.push(text.slice(at));
  return parts;
}
