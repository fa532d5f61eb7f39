// A comparison: pointing at a mark shows its row and the other way round. Without this file the numbers lead there.

const rows = new Map([...document.querySelectorAll("tr[data-site]")].map((row) => [`site:${row.dataset.site}`, row]));
let lit = [];

/** Light up a site's marks and row, and nothing else. */
function point(key) {
  for (const part of lit) part.classList.remove("is-on");
  lit = key && rows.has(key) ? [rows.get(key), ...document.querySelectorAll(`.compare-face [data-key="${key}"]`)] : [];
  for (const part of lit) part.classList.add("is-on");
}

/** The site that a node belongs to. */
function siteOf(node) {
  const row = node.closest?.("tr[data-site]");
  return row ? `site:${row.dataset.site}` : node.closest?.(".compare-face [data-key]")?.dataset.key;
}

for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, (event) => point(siteOf(event.target)));
document.addEventListener("click", (event) => {
  const key = event.target.closest?.(".compare-face [data-key]")?.dataset.key;
  rows.get(key)?.querySelector("a").focus();
});
