// Shows how far an import is, once a second, and loads the page again when the step has ended.

import { automatic } from "./activity.mjs";

const place = document.querySelector("[data-progress]");
const bar = place.querySelector("progress");
const words = place.querySelector("[data-words]");

async function look() {
  try {
    const answer = await fetch(place.dataset.progress, { headers: automatic() });
    if (answer.status < 500) {
      if (!answer.ok) return location.reload();
      const { running, percent, what } = await answer.json();
      if (!running) return location.reload();
      bar.value = percent;
      words.textContent = `${what}: ${percent} %`;
    }
  } catch {
    words.textContent = "The server does not answer just now; it goes on there.";
  }
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
