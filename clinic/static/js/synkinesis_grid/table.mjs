// Where the cells stand: rows and columns of each side, and where a key leads from one of them.

export class Table {
  constructor(root) {
    this.tables = [...root.querySelectorAll(".pattern-table")].map((table) => ({
      table,
      heads: [...table.querySelectorAll("thead [data-column]")],
      rows: [...table.querySelectorAll("tbody tr")],
      cells: [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")].slice(0, -1).map((cell) => cell.querySelector("input"))),
    }));
    this.inputs = this.tables.flatMap((one) => one.cells.flat()).filter(Boolean);
    this.byKey = new Map(this.inputs.map((input) => [input.name, input]));
  }

  /** { part, row, column } of a cell. */
  placeOf(input) {
    for (const part of this.tables) {
      const row = part.cells.findIndex((cells) => cells.includes(input));
      if (row >= 0) return { part, row, column: part.cells[row].indexOf(input) };
    }
    return null;
  }

  /** The cell that a key leads to, the same one at an edge. */
  next(input, key) {
    const { part, row, column } = this.placeOf(input);
    const across = part.cells[row];
    const down = part.cells.map((cells) => cells[column]);
    switch (key) {
      case "ArrowRight": return across.slice(column + 1).find(Boolean) ?? input;
      case "ArrowLeft": return across.slice(0, column).findLast(Boolean) ?? input;
      case "ArrowDown": case "Enter": return down.slice(row + 1).find(Boolean) ?? input;
      case "ArrowUp": return down.slice(0, row).findLast(Boolean) ?? input;
      case "Home": return across.find(Boolean);
      case "End": return across.findLast(Boolean);
      case "PageUp": return down.find(Boolean);
      case "PageDown": return down.findLast(Boolean);
      default: return this.#named(input, part, row, column, key);
    }
  }

  /** A column by its letter; the same cell of the other side by s. */
  #named(input, part, row, column, key) {
    const other = this.tables[(this.tables.indexOf(part) + 1) % this.tables.length];
    if (key === "s") return other.cells[row][column] ?? input;
    const found = part.heads.findIndex((head) => head.dataset.letter === key);
    return found < 0 ? null : this.near(part, row, found) ?? input;
  }

  /** The cell of a row and column, or the next below or above where that is the movement itself. */
  near(part, row, column) {
    const down = part.cells.map((cells) => cells[column]);
    return down.slice(row).find(Boolean) ?? down.slice(0, row).findLast(Boolean);
  }

  /** The cell one movement on or back, in the same column where it has one. */
  step(input, by) {
    const { part, row, column } = this.placeOf(input);
    const to = Math.min(part.rows.length - 1, Math.max(0, row + by));
    return part.cells[to][column] ?? part.cells[to].find(Boolean);
  }

  /** Show which cell is chosen: its row (in every table), its column and itself. */
  show(input) {
    const { part, row, column } = this.placeOf(input);
    for (const one of this.tables) {
      one.rows.forEach((node, at) => node.classList.toggle("is-here", at === row));
      one.heads.forEach((node, at) => node.classList.toggle("is-here", one === part && at === column));
    }
    for (const one of this.inputs) {
      one.classList.toggle("is-here", one === input);
      one.tabIndex = one === input ? 0 : -1;
    }
    return { head: part.heads[column], row, side: part.table.dataset.side };
  }
}
