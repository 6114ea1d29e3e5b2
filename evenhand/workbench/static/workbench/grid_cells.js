// The cells on the page: which one is active, which are picked, and what the server's rows do to them.

export const TEXT = (cell) => cell.dataset.text;

export class Cells {
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.columns = [...table.tHead.rows[0].cells].slice(1).map((head) => ({ ...head.dataset, head }));
    this.row = null;
    this.column = 0;
    this.anchor = null; // the other corner of what is picked
    this.picked = new Set();
    this.onMove = () => {};
  }

  get rows() {
    return [...this.body.rows].filter((row) => !row.hidden);
  }

  get all() {
    return [...this.body.rows];
  }

  get cell() {
    return this.row && this.row.cells[this.column + 1];
  }

  rowOf(rule) {
    return this.all.find((row) => row.dataset.rule === rule);
  }

  at(row, column) {
    return row.cells[column + 1];
  }

  place(row) {
    return this.all.indexOf(row) + 1;
  }

  // Roving tabindex: one cell of the grid is in the tab order.
  go(row, column, { extend = false, focus = true } = {}) {
    if (!row) return;
    if (extend && !this.anchor) this.anchor = { row: this.row, column: this.column };
    if (!extend) this.anchor = null;
    const before = this.cell;
    if (before) {
      before.tabIndex = -1;
      before.classList.remove("here");
      before.removeAttribute("aria-selected");
    }
    this.row = row;
    this.column = Math.min(Math.max(column, 0), this.columns.length - 1);
    const cell = this.cell;
    cell.tabIndex = 0;
    cell.classList.add("here");
    cell.setAttribute("aria-selected", "true");
    if (focus) {
      cell.focus({ preventScroll: true });
      this.show(cell);
    }
    this.paint();
    this.onMove(cell);
  }

  move(down, right, options) {
    const rows = this.rows;
    const at = rows.indexOf(this.row);
    const next = rows[Math.min(Math.max(at + down, 0), rows.length - 1)];
    this.go(next, this.column + right, options);
  }

  // To the next cell in reading order; false at the end of the table.
  step(right) {
    const rows = this.rows;
    let column = this.column + right;
    let at = rows.indexOf(this.row);
    if (column < 0 || column >= this.columns.length) {
      at += right;
      column = right > 0 ? 0 : this.columns.length - 1;
    }
    if (!rows[at]) return false;
    this.go(rows[at], column);
    return true;
  }

  show(cell) {
    const frame = this.table.parentElement;
    const box = cell.getBoundingClientRect();
    const view = frame.getBoundingClientRect();
    const top = view.top + this.table.tHead.offsetHeight;
    const sticky = [...this.row.cells].filter((c) => getComputedStyle(c).position === "sticky" && c !== cell);
    const left = view.left + sticky.filter((c) => c.cellIndex < cell.cellIndex).reduce((w, c) => w + c.offsetWidth, 0);
    const right = view.right - sticky.filter((c) => c.cellIndex > cell.cellIndex).reduce((w, c) => w + c.offsetWidth, 18);
    if (box.top < top) frame.scrollTop -= top - box.top;
    else if (box.bottom > view.bottom - 16) frame.scrollTop += box.bottom - view.bottom + 16;
    if (getComputedStyle(cell).position === "sticky") return;
    if (box.left < left) frame.scrollLeft -= left - box.left + 4;
    else if (box.right > right) frame.scrollLeft += Math.min(box.right - right + 4, box.left - left);
  }

  // What is picked: rows from the first to the last, columns from the left to the right.
  block() {
    const rows = this.rows;
    const other = this.anchor || { row: this.row, column: this.column };
    const ends = [rows.indexOf(this.row), rows.indexOf(other.row)].sort((a, b) => a - b);
    const sides = [this.column, other.column].sort((a, b) => a - b);
    return { rows: rows.slice(Math.max(ends[0], 0), ends[1] + 1), left: sides[0], right: sides[1] };
  }

  texts({ rows, left, right } = this.block()) {
    return rows.map((row) => {
      const found = [];
      for (let column = left; column <= right; column += 1) found.push(TEXT(this.at(row, column)));
      return found;
    });
  }

  paint() {
    const { rows, left, right } = this.block();
    const now = new Set();
    if (this.anchor) {
      for (const row of rows) for (let column = left; column <= right; column += 1) now.add(this.at(row, column));
    }
    for (const cell of this.picked) if (!now.has(cell)) cell.classList.remove("picked");
    for (const cell of now) cell.classList.add("picked");
    this.picked = now;
  }

  // What the server says of rows: new ones, changed ones, their order. Focus and scroll stay where they were.
  hear(rows, order) {
    const focused = this.table.contains(document.activeElement);
    const active = this.row && this.row.dataset.rule;
    const index = this.row ? this.place(this.row) - 1 : 0;
    for (const [rule, html] of Object.entries(rows)) {
      const made = document.createElement("template");
      made.innerHTML = html;
      const row = made.content.firstElementChild;
      const old = this.rowOf(rule);
      if (old) old.replaceWith(row);
      else this.body.append(row);
    }
    if (order) {
      const known = new Set(order);
      for (const row of this.all) if (!known.has(row.dataset.rule)) row.remove();
      const byRule = new Map(this.all.map((row) => [row.dataset.rule, row]));
      order.forEach((rule, at) => {
        const row = byRule.get(rule);
        if (row && this.body.rows[at] !== row) this.body.insertBefore(row, this.body.rows[at] || null);
      });
    }
    this.renumber();
    this.anchor = null;
    this.row = null;
    const row = this.rowOf(active) || this.all[Math.min(index, this.all.length - 1)];
    if (row) this.go(row, this.column, { focus: focused });
  }

  renumber() {
    this.all.forEach((row, at) => {
      row.setAttribute("aria-rowindex", at + 2);
      const number = row.querySelector(".rule-no");
      if (number.textContent !== String(at + 1)) number.textContent = at + 1;
    });
    this.table.setAttribute("aria-rowcount", this.all.length + 1);
  }

  filter(text) {
    const wanted = text.trim().toLowerCase();
    for (const row of this.all) {
      const said = `${row.textContent} ${row.dataset.rule} ${[...row.cells].map((cell) => TEXT(cell) || "").join(" ")}`;
      row.hidden = Boolean(wanted) && !said.toLowerCase().includes(wanted);
    }
    if (this.row && this.row.hidden && this.rows.length) this.go(this.rows[0], this.column, { focus: false });
    return this.rows.length;
  }
}
