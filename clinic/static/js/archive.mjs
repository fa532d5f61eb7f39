// Shows how far an export is, once a second, and loads the page again when it has ended.

import { automatic } from "./activity.mjs";

const place = document.querySelector("[data-progress]");
const bar = place.querySelector("progress");
const words = place.querySelector("[data-words]");

async function look() {
  try {
    const answer = await fetch(place.dataset.progress, { headers: automatic() });
    if (!answer.ok) return location.reload();
    const { status, percent } = await answer.json();
    if (status !== "running") return location.reload();
    bar.value = percent;
    words.textContent = `${percent} %`;
  } catch {
    words.textContent = "The server does not answer; the export goes on there.";
  }
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
