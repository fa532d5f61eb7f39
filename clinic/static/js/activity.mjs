// When a person last did something here. What a page asks of the server by itself says so, and never puts off the lock.

const RECENT = 10000;
const HEADER = "X-Automatic";
const KINDS = ["pointerdown", "pointermove", "keydown", "wheel", "input"];

export const activity = { last: Date.now() };

for (const kind of KINDS) addEventListener(kind, noted, { capture: true, passive: true });

function noted(event) {
  // A page that moves under a still hand makes moves without a distance.
  const still = event.type === "pointermove" && !event.movementX && !event.movementY;
  if (event.isTrusted && !still) activity.last = Date.now();
}

/** The headers of a request of a script; marked as automatic unless somebody did something a moment ago. */
export function marked(headers = { Accept: "application/json" }) {
  return Date.now() - activity.last < RECENT ? headers : { ...headers, [HEADER]: "1" };
}

/** The headers of a request that nobody asked for. */
export function automatic(headers = { Accept: "application/json" }) {
  return { ...headers, [HEADER]: "1" };
}

/** Tell the lock when the server says that the session is locked; gives the answer on. */
export function heard(status, data) {
  if (status === 401 && data?.locked) document.dispatchEvent(new Event("clinic:locked"));
  return { status, data };
}
