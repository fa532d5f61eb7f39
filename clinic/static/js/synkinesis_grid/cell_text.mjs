// A cell as it is written, 2/3, and what a key does to it. The server reads the same text by its own rule. No DOM here.

const WRITTEN = /^\s*([0-3]|[-–])?\s*(?:\/\s*([0-3])?)?\s*$/;

/** { grade, bother } of a text, each "0" to "3" or "" while open; null for what is no cell. */
export function read(text) {
  const found = WRITTEN.exec(text);
  if (!found) return null;
  const grade = /[0-3]/.test(found[1] ?? "") ? found[1] : "";
  const bother = found[2] ?? "";
  return grade || bother || text.trim() === "" ? { grade, bother } : null;
}

/** The text of a cell. */
export function written({ grade, bother }) {
  if (!grade && !bother) return "";
  return bother ? `${grade || "–"}/${bother}` : grade;
}

/** What a key makes of a cell: { text, minded }, `minded` when the next digit says how much it is minded; null for other keys. */
export function typed(text, key, minded) {
  const { grade, bother } = read(text) ?? { grade: "", bother: "" };
  if (/^[0-3]$/.test(key)) {
    return minded ? { text: written({ grade, bother: key }), minded: false } : { text: written({ grade: key, bother }), minded: true };
  }
  if (key === "/") return { text: written({ grade, bother }), minded: true };
  if (key === "-") return { text: written({ grade: "", bother }), minded: true };
  return null;
}

/** A cell in words, for a screen reader. */
export function words(text) {
  const cell = read(text);
  if (!cell) return `“${text}” cannot be read`;
  if (!cell.grade && !cell.bother) return "open";
  const grade = cell.grade ? `grade ${cell.grade}` : "not graded";
  return cell.bother ? `${grade}, minded ${cell.bother}` : grade;
}
