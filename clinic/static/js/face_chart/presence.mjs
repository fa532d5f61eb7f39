// Who else has this draft open, and whether they changed it. The page asks by itself, which is no use of the session.

import { byId, make } from "./dom.mjs";

const EVERY = 25000;

/**
 * Ask every 25 seconds while the page is seen. `page()` gives { version, token, busy }: busy while changes of one's own
 * are on their way; `show()` takes the newer state in. Gives `ask`, which resolves to the newest answer or null.
 */
export function watch({ visit, page, show }) {
  let newest = null;

  async function ask() {
    try {
      const answer = await fetch(`${visit.dataset.page}/here`, { method: "POST", body: body(), headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10000) });
      if (answer.redirected || answer.status === 400 || answer.status === 401) return { ended: true };
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  function body() {
    return new URLSearchParams({ csrf_token: page().token });
  }

  async function beat() {
    if (document.visibilityState !== "visible" || "locked" in document.documentElement.dataset) return;
    newest = (await ask()) ?? newest;
    tell();
  }

  /** Say what the newest answer means now: a version that was taken over meanwhile is no news any more. */
  function tell() {
    if (!newest) return;
    const { others, news, offer } = words(newest, page(), visit.dataset.name);
    put(byId("others"), others, () => make("span", { className: "badge badge-warn" }, others));
    put(byId("newer"), news, () => make("p", { className: "flash flash-warn" }, make("span", {}, news, ...(offer ? [" ", button()] : []))));
  }

  /** Nothing moves on the page when this comes and goes: a hand may be placing a site. */
  function put(region, text, made) {
    if ((region.dataset.said ?? region.textContent) === text) return;
    region.dataset.said = text;
    region.replaceChildren(...(text ? [made()] : []));
  }

  function button() {
    return make("button", { type: "button", className: "button button-small", textContent: "Show it", onclick: shown });
  }

  async function shown() {
    await show();
    await beat();
  }

  setInterval(beat, EVERY);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => navigator.sendBeacon(`${visit.dataset.page}/gone`, body()));
  window.addEventListener("pageshow", (event) => event.persisted && beat());
  return { ask, beat, tell };
}

/** What to say: who else has it open, what is new, and whether the newer state can be shown. */
export function words(answer, page, me) {
  if (answer.ended) return { others: "", news: "You are signed out. What stands on this page is kept here; sign in before you go on.", offer: false };
  const others = answer.others.length ? `Open by ${answer.others.map((one) => `${one.name} since ${one.since}`).join(", ")}` : "";
  if (!answer.draft) return { others, news: "This visit is no draft any more: nothing can be changed here. Load the page again.", offer: false };
  if (page.busy || answer.edit_version <= Number(page.version)) return { others, news: "", offer: false };
  const who = answer.changed_by === me ? "You saved a change in another window" : `${answer.changed_by || "Somebody"} saved a change`;
  return { others, news: `${who} at ${answer.changed_at}.`, offer: true };
}
