// The timeline by keyboard: arrows move from mark to mark and from lane to lane, + and − change the length of time.
// Without this file every mark is a link that Tab reaches.

const figure = document.querySelector(".timeline-figure");

/** The lanes of the drawing that is on the screen, each as its links in the order of time. */
function lanes() {
  return [...figure.querySelectorAll("[data-lane]")]
    .filter((lane) => lane.getClientRects().length)
    .map((lane) => [...lane.querySelectorAll("a")]);
}

function middle(link) {
  const box = link.getBoundingClientRect();
  return box.left + box.width / 2;
}

/** The link of another lane that is nearest in time. */
function nearest(links, link) {
  return links.reduce((best, one) => (Math.abs(middle(one) - middle(link)) < Math.abs(middle(best) - middle(link)) ? one : best));
}

function next(link, key) {
  const all = lanes();
  const row = all.findIndex((links) => links.includes(link));
  const place = all[row].indexOf(link);
  const down = key === "ArrowDown" ? 1 : -1;
  if (key === "Home") return all[row][0];
  if (key === "End") return all[row].at(-1);
  if (key === "ArrowLeft" || key === "ArrowRight") return all[row][place + (key === "ArrowRight" ? 1 : -1)];
  if (all.length === 1) return all[0][place + down];
  return all[row + down] && nearest(all[row + down], link);
}

/** One mark takes Tab at a time, so that the list below is one step away. */
function takeTab(link) {
  for (const one of figure.querySelectorAll("a")) one.setAttribute("tabindex", one === link ? "0" : "-1");
}

function first() {
  const all = lanes();
  if (all.length) takeTab(all[0].at(all.length > 1 ? -1 : 0));
}

figure?.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("a");
  if (!link || event.ctrlKey || event.metaKey || event.altKey || !/^(Arrow|Home|End)/.test(event.key)) return;
  event.preventDefault();
  const found = next(link, event.key);
  if (!found) return;
  takeTab(found);
  found.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea")) return;
  const way = { "+": "in", "=": "in", "-": "out" }[event.key];
  const link = way && document.querySelector(`[data-move="${way}"]`);
  if (link) location.assign(link.href);
});

if (figure) {
  first();
  matchMedia("(max-width: 700px)").addEventListener("change", first);
  document.querySelector("[data-keys]").hidden = false;
}
const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
