// Small steps on the page, without markup in strings: Trusted Types are enforced.

/** The element with an id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A copy of a template's first element. */
export function copyOf(id) {
  return template(`#${id}`);
}

/** A copy of the first element of the template that a selector finds. */
export function template(selector) {
  return document.querySelector(selector).content.firstElementChild.cloneNode(true);
}

/** Write text only where it changes. */
export function write(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** Write the values of a mapping into the cells of an element that are named after them. */
export function fill(root, values) {
  for (const cell of root.querySelectorAll("[data-cell]")) {
    const value = values[cell.dataset.cell];
    if (value !== undefined) write(cell, value === null ? "" : String(value));
  }
}

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/**
 * Keep the children of a list in step with items: `keyOf` names an item, `create` makes its element, `update` fills
 * it. An element stays the same as long as its item does; only what moved is moved.
 */
export function keep(list, name, items, keyOf, create, update) {
  const old = new Map([...list.querySelectorAll(`:scope > [data-${name}]`)].map((node) => [node.dataset[name], node]));
  let before = null;
  for (const item of items) {
    const key = keyOf(item);
    const node = old.get(key) ?? create(item);
    old.delete(key);
    node.dataset[name] = key;
    update(node, item);
    const follower = before ? after(before) : list.firstElementChild;
    if (follower !== node) list.insertBefore(node, follower);
    before = node;
  }
  for (const node of old.values()) {
    if (node.nextElementSibling?.matches(".row-edit")) node.nextElementSibling.remove();
    node.remove();
  }
}

/** What stands after a node; an open editor belongs to its row. */
function after(node) {
  const next = node.nextElementSibling;
  return next?.matches(".row-edit") ? next.nextElementSibling : next;
}

/** Say something to a screen reader. */
export function announce(text) {
  write(byId("announce"), text);
}

/** Ask for a page of this program, or send it a form: { status, page }, a document that runs nothing; null without an answer. */
export function ask(method, address, body = null) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    request.timeout = 15000;
    request.onload = () => done({ status: request.status, page: request.responseXML });
    request.onerror = request.ontimeout = () => done(null);
    if (body) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.send(body);
  });
}

/** Another page of this program; null when there is no such answer. */
export async function pageOf(address) {
  const answer = await ask("GET", address);
  return answer?.status === 200 ? answer.page : null;
}

/** What the server says as data; null when it does not answer, refuses, or has ended the session. */
export async function dataOf(address, options = {}) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000), ...options });
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch {
    return null;
  }
}
