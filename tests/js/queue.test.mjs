import assert from "node:assert/strict";
import { test } from "node:test";

import { Queue, savedWords, uncheckedWords, waitingWords } from "../../clinic/static/js/face_chart/queue.mjs";

/** A queue with a server of prepared answers; `sent` notes each body and key. */
function made(answers) {
  const sent = [];
  let keys = 0;
  const queue = new Queue({
    send: async (op, body) => {
      sent.push({ op: op.name, body, key: op.key });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === "lost") throw new TypeError("no connection");
      return answer;
    },
    body: (op) => ({ ...op.fields, version: sent.length }),
    answered: () => {},
    changed: () => {},
    newKey: () => `key-${(keys += 1)}`,
    wait: () => Promise.resolve(),
  });
  return { queue, sent };
}

const OK = { status: 200, data: {} };

async function idle(queue) {
  for (let turn = 0; turn < 200 && (queue.running || queue.ops.some((op) => op.sent && !queue.stopped)); turn += 1) await new Promise(setImmediate);
}

test("changes go one after another, each under its own key", async () => {
  const { queue, sent } = made([OK]);
  queue.add({ name: "one", fields: {} });
  queue.add({ name: "two", fields: {} });
  assert.equal(savedWords(queue, "14:02:31")[1], "Saving…");
  await idle(queue);
  assert.deepEqual(sent.map((one) => [one.op, one.key]), [["one", "key-1"], ["two", "key-2"]]);
  assert.deepEqual(savedWords(queue, "14:02:31"), ["", "Saved 14:02:31"]);
});

test("without an answer the same body goes again under the same key", async () => {
  const { queue, sent } = made(["lost", { status: 503, data: {} }, OK]);
  queue.add({ name: "one", fields: { x: 1 } });
  await idle(queue);
  assert.equal(sent.length, 3);
  assert.deepEqual(new Set(sent.map((one) => JSON.stringify([one.body, one.key]))).size, 1);
  assert.ok(queue.settled);
});

test("while nobody answers the words say so", async () => {
  const { queue } = made(["lost"]);
  let go;
  queue.wait = () => new Promise((done) => { go = done; });
  queue.add({ name: "one", fields: {} });
  await new Promise(setImmediate);
  assert.deepEqual(savedWords(queue, "14:02:31"), ["not", "Not checked, not saved: no connection, will retry"]);
  assert.ok(!queue.settled && !queue.stopped);
  queue.drop();
  go();
});

test("a newer value takes over what waits unsent, and nothing that was sent", async () => {
  const { queue, sent } = made([OK]);
  queue.add({ name: "a", merge: "notes", partial: true, fields: { plan: "one" }, due: Date.now() + 50 });
  queue.add({ name: "a", merge: "notes", partial: true, fields: { note: "two" }, due: Date.now() + 50 });
  assert.equal(queue.ops.length, 1);
  queue.flush();
  await idle(queue);
  assert.deepEqual([sent[0].body.plan, sent[0].body.note], ["one", "two"]);
});

test("an act by its button is never taken over by the next one", async () => {
  const { queue, sent } = made([OK]);
  queue.add({ name: "give 1", fields: {} });
  queue.add({ name: "give 2", fields: {} });
  await idle(queue);
  assert.deepEqual(sent.map((one) => one.op), ["give 1", "give 2"]);
});

test("a stale change stops everything until a person decides", async () => {
  const answers = [{ status: 409, data: { message: "Dr X changed this.", current: 9 } }];
  const { queue, sent } = made(answers);
  queue.add({ name: "one", fields: {} });
  queue.add({ name: "two", fields: {} });
  await idle(queue);
  assert.deepEqual([sent.length, queue.trouble.kind, queue.ops.length], [1, "stale", 2]);
  assert.deepEqual(savedWords(queue, ""), ["not", "Not saved: changed meanwhile, choose what stands"]);
  assert.equal(waitingWords(queue), "waits for your choice");
  assert.equal(uncheckedWords(queue), "as saved, without what waits for your choice");
  answers[0] = OK;
  queue.again();
  await idle(queue);
  assert.deepEqual(sent.map((one) => one.key), ["key-1", "key-2", "key-3"]);
  assert.ok(queue.settled);
});

test("after signing in again the same change goes under the same key", async () => {
  const answers = [{ status: 401, data: {} }];
  const { queue, sent } = made(answers);
  queue.add({ name: "one", fields: {} });
  await idle(queue);
  assert.equal(savedWords(queue, "")[1], "Not saved: signed out");
  assert.deepEqual([waitingWords(queue), uncheckedWords(queue)], ["not saved yet", "not checked, not saved"]);
  answers[0] = OK;
  queue.resume();
  await idle(queue);
  assert.deepEqual(sent.map((one) => one.key), ["key-1", "key-1"]);
});

test("a refusal is kept beside, the rest goes on, and a correction takes its place", async () => {
  const answers = [{ status: 422, data: { message: "No.", fields: { note: "Say where." } } }, OK];
  const { queue, sent } = made(answers);
  queue.add({ name: "one", merge: "site:new:1", site: "new:1", kind: "site", look: { x: 1, units: "2" }, fields: { x: 1 } });
  queue.add({ name: "two", fields: {} });
  await idle(queue);
  assert.deepEqual([sent.length, queue.refused.length, queue.refused[0].errors.note], [2, 1, "Say where."]);
  assert.equal(savedWords(queue, "")[1], "Not saved: a change was refused");
  queue.add({ name: "one", merge: "site:new:1", site: "new:1", kind: "site", look: { units: "3" }, fields: { x: 1, note: "chin" } });
  assert.deepEqual(queue.ops[0].look, { x: 1, units: "3" });
  await idle(queue);
  assert.ok(queue.settled);
});

test("a fault of the server is tried again a few times, then said", async () => {
  const { queue, sent } = made([{ status: 500, data: { message: "Something went wrong here." } }]);
  queue.add({ name: "one", fields: {} });
  await idle(queue);
  assert.equal(sent.length, 4);
  assert.equal(queue.refused[0].message, "Something went wrong here.");
});

test("a new site is called by its lasting id in everything that waits", () => {
  const { queue } = made(["lost"]);
  queue.ops.push({ site: "new:1", merge: "site:new:1" });
  queue.rename("new:1", "abc");
  assert.deepEqual([queue.ops[0].site, queue.ops[0].merge], ["abc", "site:abc"]);
});

test("dropping one change does not settle the trouble of another", async () => {
  const { queue, sent } = made([{ status: 409, data: { current: 2 } }]);
  queue.add({ name: "one", fields: {} });
  await idle(queue);
  queue.add({ name: "two", fields: {} });
  queue.drop((op) => op.name === "two");
  await idle(queue);
  assert.deepEqual([queue.trouble.kind, sent.length], ["stale", 1]);
  queue.drop();
  assert.equal(queue.trouble, null);
});
