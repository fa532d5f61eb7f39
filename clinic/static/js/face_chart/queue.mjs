// Changes waiting for the server: one at a time, in order, each under its own key, sent again with the same body
// until the server has answered. Nothing is dropped without saying so. No DOM here.

const SHORTEST = 1000;
const LONGEST = 15000;
const LATEST = 4000;
const FAULTS = 3;

/**
 * `send(op, body)` gives { status, data } or throws when there is no answer. `body(op)` makes the fields when the
 * change is first sent. `answered(op, data)` takes the answer in. `changed()` is called at every turn.
 */
export class Queue {
  constructor({ send, body, answered, changed, newKey, wait = defaultWait }) {
    Object.assign(this, { send, body, answered, changed, newKey, wait });
    this.ops = [];
    this.refused = [];
    this.trouble = null;
    this.running = false;
    this.wake = null;
  }

  /** Whether everything that was done here is on the server. */
  get settled() {
    return this.ops.length === 0 && this.refused.length === 0;
  }

  /** Everything that is not on the server, in order; what is refused still shows as the person left it. */
  get unsaved() {
    return [...this.refused, ...this.ops];
  }

  /** Queue a change. One that waits unsent under the same `merge` name takes the new values over. */
  add(op) {
    const before = this.refused.find((one) => op.merge && one.merge === op.merge);
    if (before) op = { ...op, look: { ...before.look, ...op.look }, fields: mergedFields(before, op) };
    this.#forget(op);
    const last = this.ops.findLast((one) => one.merge && one.merge === op.merge && !one.sent);
    if (!op.due) this.flush();
    if (last && !this.#changedSince(last, op)) {
      const due = Math.min(op.due ?? 0, last.since + LATEST);
      Object.assign(last, op, { due, look: { ...last.look, ...op.look }, fields: mergedFields(last, op) });
    } else {
      this.ops.push({ ...op, sent: false, attempts: 0, since: Date.now() });
    }
    this.changed();
    this.#run();
  }

  /** What was refused before is settled by a newer change of the same thing. */
  #forget(op) {
    const same = (one) => (op.merge && one.merge === op.merge) || (op.form && one.form === op.form);
    this.refused = this.refused.filter((one) => !same(one));
  }

  #changedSince(last, op) {
    return op.site && this.ops.slice(this.ops.indexOf(last) + 1).some((one) => one.barrier || one.site === op.site);
  }

  /** Call a new site by the id that the server gave it, in everything that waits. */
  rename(before, after) {
    for (const op of this.unsaved) {
      if (op.site === before) Object.assign(op, { site: after, merge: op.merge?.replace(before, after) });
    }
  }

  /** Send what waits for its moment at once. */
  flush() {
    for (const op of this.ops) op.due = 0;
    this.wake?.();
  }

  /** Go on after a trouble was settled (signed in again, connected again, conflict decided). */
  resume() {
    this.trouble = null;
    this.wake?.();
    this.changed();
    this.#run();
  }

  /** Offer these changes, in this order, as new changes of what stands now; what is not among them is let go of. */
  again(ops = this.ops) {
    this.ops = ops.map((op) => Object.assign(op, { sent: false, key: null, frozen: null, asked: false, attempts: 0, due: 0 }));
    this.resume();
  }

  /** Drop the changes that `which` names; a trouble stands as long as the change that it is about. */
  drop(which = () => true) {
    this.ops = this.ops.filter((op) => !which(op));
    this.refused = this.refused.filter((op) => !which(op));
    if (!this.ops.includes(this.trouble?.op)) this.trouble = null;
    this.wake?.();
    this.changed();
    this.#run();
  }

  /** Wait for about three seconds until everything is sent; says whether it is. */
  async sentAll() {
    this.flush();
    for (let turn = 0; turn < 60 && this.ops.length && !this.trouble; turn += 1) await this.wait(50);
    return this.ops.length === 0;
  }

  async #run() {
    if (this.running) return;
    this.running = true;
    while (this.ops.length && !this.stopped) {
      const op = this.ops[0];
      const rest = (op.due ?? 0) - Date.now();
      if (rest > 0) await this.#pause(rest);
      else await this.#try(op);
    }
    this.running = false;
    this.changed();
  }

  /** Whether the queue waits for a person. */
  get stopped() {
    return this.trouble !== null && this.trouble.kind !== "offline";
  }

  async #pause(time) {
    await Promise.race([this.wait(time), new Promise((done) => { this.wake = done; })]);
    this.wake = null;
  }

  async #try(op) {
    op.sent = true;
    op.key ??= this.newKey();
    op.frozen ??= this.body(op);
    this.changed();
    let answer;
    try {
      answer = await this.send(op, op.frozen);
    } catch {
      answer = { status: 0, data: {} };
    }
    if (this.ops[0] === op) await this.#take(op, answer);
  }

  async #take(op, { status, data }) {
    if (status === 200) {
      this.ops.shift();
      this.trouble = null;
      this.#forget(op);
      this.answered(op, data);
    } else if (status === 0 || status === 503 || (status >= 500 && op.attempts < FAULTS)) {
      op.attempts += 1;
      this.trouble = { kind: "offline", op };
      this.changed();
      await this.#pause(Math.min(LONGEST, SHORTEST * 2 ** (op.attempts - 1)));
    } else if (status === 401 || status === 400) {
      this.trouble = { kind: "signed-out", op, message: data.message };
    } else if (status === 409 && data.current !== undefined) {
      this.trouble = { kind: "stale", op, message: data.message };
    } else {
      this.ops.shift();
      this.trouble = null;
      this.#forget(op);
      this.refused.push({ ...op, status, message: data.message ?? data.title ?? "The server refused it.", errors: data.fields ?? {} });
    }
    this.changed();
  }
}

function mergedFields(last, op) {
  return op.partial ? { ...last.fields, ...op.fields } : op.fields;
}

function defaultWait(time) {
  return new Promise((done) => { setTimeout(done, time); });
}

/** What a row says of a change that waits. */
export function waitingWords(queue) {
  if (!queue.trouble) return "saving…";
  return queue.trouble.kind === "stale" ? "waits for your choice" : "not saved yet";
}

/** Why the totals are not those of the sites that are shown; blank when they are. */
export function uncheckedWords(queue) {
  if (queue.unsaved.every((op) => op.form)) return "";
  return queue.trouble?.kind === "stale" ? "as saved, without what waits for your choice" : "not checked, not saved";
}

/** What the phase bar says: true at every moment. */
export function savedWords(queue, savedAt) {
  const kind = queue.trouble?.kind;
  if (kind === "offline") return ["not", "Not checked, not saved: no connection, will retry"];
  if (kind === "signed-out") return ["not", "Not saved: signed out"];
  if (kind === "stale") return ["not", "Not saved: changed meanwhile, choose what stands"];
  if (queue.ops.length) return ["busy", "Saving…"];
  if (queue.refused.length) return ["not", `Not saved: ${queue.refused.length === 1 ? "a change was" : `${queue.refused.length} changes were`} refused`];
  return ["", savedAt ? `Saved ${savedAt}` : "Saved"];
}
