// Search for patients while typing. The server finds and words everything; without this file the form works as it is.

const WAIT = 250;
const LEAST = 2;

const form = document.getElementById("patient-search");
const box = form?.elements.namedItem("q");
const hits = document.getElementById("patient-hits");
const list = document.getElementById("patient-list");
const status = document.getElementById("patient-status");
const row = document.getElementById("patient-hit");

let timer = 0;
let running = null;

function part(name) {
  return hits.querySelector(`[data-${name}]`);
}

function showList() {
  hits.hidden = true;
  list.hidden = false;
  status.textContent = "";
}

function filled(person) {
  const copy = row.content.cloneNode(true);
  for (const field of copy.querySelectorAll("[data-field]")) {
    field.textContent = person[field.dataset.field] || (field.dataset.field === "condition_text" ? "none entered" : "");
  }
  copy.querySelector("a").href = person.url;
  copy.querySelector("[data-retired]").hidden = !person.retired;
  return copy;
}

function note(text) {
  part("note").firstElementChild.textContent = text;
  part("note").hidden = !text;
}

function show(found) {
  if (!found.searched) {
    showList();
    return;
  }
  hits.querySelector("tbody").replaceChildren(...found.rows.map(filled));
  part("table").hidden = found.rows.length === 0;
  part("none").hidden = found.rows.length > 0;
  part("more").hidden = !found.more;
  note(found.note);
  hits.hidden = false;
  list.hidden = true;
  status.textContent = found.rows.length ? `${found.rows.length}${found.more ? " or more" : ""} found` : "Nobody found";
}

function fail(text) {
  hits.querySelector("tbody").replaceChildren();
  for (const name of ["table", "none", "more"]) {
    part(name).hidden = true;
  }
  note(text);
  hits.hidden = false;
  status.textContent = text;
}

async function search() {
  running?.abort();
  running = new AbortController();
  const mine = running;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      signal: mine.signal,
    });
    if (answer.status === 401 || answer.redirected) {
      fail("Your session has ended. Sign in again to search.");
    } else if (!answer.ok) {
      fail("The search did not work. Press Enter to try again.");
    } else {
      const found = await answer.json();
      if (mine === running) {
        show(found);
      }
    }
  } catch (error) {
    // An older question that was given up is no fault: a newer one is under way.
    if (mine === running && error.name !== "AbortError") {
      fail("The server did not answer. Press Enter to try again.");
    }
  }
}

function soon() {
  clearTimeout(timer);
  if (box.value.trim().length < LEAST) {
    running?.abort();
    showList();
    return;
  }
  timer = setTimeout(search, WAIT);
}

function links() {
  return [...document.querySelectorAll("#patient-hits:not([hidden]) .row-target, #patient-list:not([hidden]) .row-target")];
}

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) {
    return;
  }
  const stops = [box, ...links()];
  const at = stops.indexOf(document.activeElement);
  const next = stops[at + step];
  if (at >= 0 && next) {
    event.preventDefault();
    next.focus();
  }
}

if (form && box && hits && list && status && row) {
  form.addEventListener("input", soon);
  document.addEventListener("keydown", move);
  form.addEventListener("submit", () => clearTimeout(timer));
}
