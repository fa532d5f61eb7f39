// The time left to a vial's use-by, true while the page stays open: counted from the server's clock, not from this one.

const EVERY = 10000;
const SOON = 60;
let ahead = 0;
let running = false;

/** Start from the server's time, and count on. */
export function startClock(serverNow) {
  ahead = Date.parse(serverNow) - Date.now() || 0;
  tick();
  if (!running) setInterval(tick, EVERY);
  running = true;
}

/** `3 h 20 min left`, as the server says it. */
export function leftWords(useBy, now) {
  const minutes = Math.floor((useBy - now) / 60000);
  if (now > useBy) return "past its use-by";
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min left` : `${minutes} min left`;
}

/** Write the time left wherever a use-by stands. */
export function tick() {
  const now = Date.now() + ahead;
  for (const place of document.querySelectorAll("[data-use-by]")) {
    const useBy = Date.parse(place.dataset.useBy);
    if (Number.isNaN(useBy)) continue;
    const words = leftWords(useBy, now);
    if (place.textContent !== words) place.textContent = words;
    place.classList.toggle("stop-text", now > useBy);
    place.classList.toggle("warn-text", now <= useBy && useBy - now < SOON * 60000);
  }
}
