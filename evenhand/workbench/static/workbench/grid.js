// A decision table as a grid for analysts: the keyboard all the way, blocks to and from a spreadsheet, nothing lost.

import { Cells, TEXT } from "./grid_cells.js";
import { columnsDialog } from "./grid_columns.js";
import { Editor } from "./grid_editor.js";
import { dragging, rulesMenu } from "./grid_rules.js";
import { Server } from "./grid_server.js";
import { fromTsv, toTsv } from "./grid_tsv.js";

const page = document.querySelector("[data-grid]");
const frame = page.querySelector("[data-frame]");
const table = frame.querySelector("table");
const canEdit = page.dataset.canEdit === "yes";
const name = page.dataset.table;
const cells = new Cells(table);
const said = (word) => page.querySelector(`[data-word="${word}"]`).textContent;
const BLANK = (column) => (column.role === "INPUT" ? "-" : "");

/* saying things */

const live = page.querySelector("[data-live]");
const state = page.querySelector("[data-state]");

function tell(text, bad = false) {
  const note = document.getElementById("grid-toast");
  note.textContent = text;
  note.classList.toggle("bad", bad);
  note.hidden = false;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => (note.hidden = true), bad ? 9000 : 3500);
}

function showState(what, waiting) {
  if (!state) return;
  state.dataset.state = what;
  state.querySelector("[data-said]").textContent = said(what) + (waiting > 1 ? ` · ${waiting}` : "");
  state.querySelector("button").hidden = !["offline", "logged-out"].includes(what);
}

/* the server's answers */

function hear(answer) {
  page.querySelector("[data-empty]")?.remove();
  if (answer.reload) {
    if (!editor.open && server.queue.length <= 1) {
      sessionStorage.setItem("evenhand.grid.at", JSON.stringify([cells.row?.dataset.rule, cells.column]));
      setTimeout(() => location.reload());
    } else tell(said("columns-changed"));
    return;
  }
  const changed = Number(page.dataset.revision) !== answer.revision;
  page.dataset.revision = answer.revision;
  if (Object.keys(answer.rows).length || answer.order) cells.hear(answer.rows, answer.order);
  if (answer.focus) cells.go(cells.rowOf(answer.focus), cells.column);
  if (filter.value) cells.filter(filter.value);
  if (editor.open) editor.lay();
  const beside = page.querySelector("[data-beside]");
  if (beside) beside.innerHTML = answer.beside;
  const chip = page.querySelector("[data-chip]");
  if (chip) chip.innerHTML = answer.chip;
  if (changed) look();
}

function conflict(answer, operation) {
  const dialog = document.getElementById("grid-conflict");
  const row = cells.rowOf(operation.rule);
  const at = cells.columns.findIndex((column) => column.column === operation.column);
  const shown = (value) => (value === null || value === undefined ? said("gone") : [].concat(value).flat().join(" | "));
  dialog.querySelector("[data-where]").textContent = [
    row ? `${said("rule")} ${cells.place(row)}` : "",
    at >= 0 ? cells.columns[at].label : "",
  ].filter(Boolean).join(" · ");
  dialog.querySelector("[data-who]").textContent = answer.error;
  dialog.querySelector("[data-theirs]").textContent = shown(answer.newest);
  dialog.querySelector("[data-mine]").textContent = shown(operation.text ?? operation.rows ?? said(operation.act));
  dialog.querySelector("[value=mine]").hidden = answer.newest === null || answer.newest === undefined;
  dialog.returnValue = "theirs";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "mine"), { once: true });
  });
}

const filter = page.querySelector("[data-filter]");
const server = new Server(page, {
  onAnswer: (answer) => hear(answer),
  onConflict: conflict,
  onRefusal: (error) => tell(error, true),
  onState: showState,
});
const editor = new Editor(cells, frame, page.dataset.cell, (place, about, text, was) => {
  const row = cells.rowOf(place.rule);
  if (!row) return tell(said("gone"), true);
  show(cells.at(row, place.column), text || BLANK(about));
  const act = about.role === "NOTE" ? "SET_ANNOTATION" : "SET_CELL";
  server.push({ act, table: name, rule: place.rule, column: about.column, text, was });
});

// What was typed stands in the cell at once; the server's row follows.
function show(cell, text) {
  cell.dataset.text = text;
  cell.textContent = text;
  cell.classList.add("waiting");
}

/* acts on rules */

const act = {
  add: (below) => {
    const rows = cells.all;
    const at = rows.indexOf(cells.row);
    const after = below ? cells.row?.dataset.rule : rows[at - 1]?.dataset.rule;
    server.push({ act: "ADD_RULE", table: name, after: after ?? null, first: !below && at <= 0 });
  },
  copy: () => server.push({ act: "COPY_RULE", table: name, rule: cells.row.dataset.rule }),
  remove: () => {
    const row = cells.row;
    const rows = cells.rows;
    const next = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1];
    server.push({ act: "DELETE_RULE", table: name, rule: row.dataset.rule, was: rowTexts(row) });
    const held = table.contains(document.activeElement);
    cells.row = null;
    row.remove();
    cells.renumber();
    if (next) cells.go(next, cells.column, { focus: held });
    tell(said("deleted"));
  },
  move: (places) => {
    const was = cells.place(cells.row);
    const to = Math.min(Math.max(was + places, 1), cells.all.length);
    if (to === was) return;
    server.push({ act: "MOVE_RULE", table: name, rule: cells.row.dataset.rule, places: to - was, was });
    const held = table.contains(document.activeElement);
    const others = cells.all.filter((row) => row !== cells.row);
    cells.body.insertBefore(cells.row, others[to - 1] || null);
    cells.renumber();
    cells.go(cells.row, cells.column, { focus: held });
  },
  undo: () => server.push({ act: "UNDO" }),
  redo: () => server.push({ act: "REDO" }),
};

// The row in the order of tables: inputs, outputs, then the comment, which the grid shows first.
function rowTexts(row) {
  const [note, ...rest] = [...row.cells].slice(1).map(TEXT);
  return [...rest, note];
}

function paste(rows, block = cells.block()) {
  if (filter.value) return tell(said("clear-filter"), true);
  const one = rows.length === 1 && rows[0].length === 1;
  const height = one ? block.rows.length : rows.length;
  const width = one ? block.right - block.left + 1 : Math.max(...rows.map((row) => row.length));
  if (block.left + width > cells.columns.length) return tell(said("too-wide"), true);
  const text = (down, right) => (one ? rows[0][0] : (rows[down][right] ?? BLANK(cells.columns[block.left + right]))).trim();
  const all = cells.all;
  const start = all.indexOf(block.rows[0]);
  const parts = block.left === 0 ? [[0, 1], [1, width]] : [[0, width]];
  for (const [from, to] of parts) {
    if (from >= to) continue;
    const written = [];
    const was = [];
    for (let down = 0; down < height; down += 1) {
      const texts = [];
      for (let right = from; right < to; right += 1) texts.push(text(down, right));
      written.push(texts);
      const row = all[start + down];
      if (!row) continue;
      was.push(texts.map((_, at) => TEXT(cells.at(row, block.left + from + at))));
      texts.forEach((value, at) => {
        const column = block.left + from + at;
        show(cells.at(row, column), value || BLANK(cells.columns[column]));
      });
    }
    const column = cells.columns[block.left + from].column;
    server.push({ act: "PASTE", table: name, rule: block.rows[0].dataset.rule, column, rows: written, was });
  }
}

function clear() {
  const block = cells.block();
  const blank = block.rows.map(() => {
    const row = [];
    for (let column = block.left; column <= block.right; column += 1) row.push(BLANK(cells.columns[column]));
    return row;
  });
  paste(blank, block);
}

/* the keyboard */

const PAGE_ROWS = 12;

const MOVES = {
  ArrowDown: () => [1, 0],
  ArrowUp: () => [-1, 0],
  ArrowLeft: () => [0, -1],
  ArrowRight: () => [0, 1],
  PageDown: () => [PAGE_ROWS, 0],
  PageUp: () => [-PAGE_ROWS, 0],
  Home: (far) => [far ? -1e6 : 0, -1e6],
  End: (far) => [far ? 1e6 : 0, 1e6],
};

table.addEventListener("keydown", (event) => {
  if (editor.open || !cells.row || event.isComposing) return;
  const far = event.ctrlKey || event.metaKey;
  const moved = event.altKey ? null : MOVES[event.key];
  if (moved) {
    event.preventDefault();
    let [down, right] = moved(far);
    if (far && event.key.startsWith("Arrow")) [down, right] = [down * 1e6, right * 1e6];
    cells.move(down, right, { extend: event.shiftKey });
    return;
  }
  if (event.key === "Tab") {
    if (cells.step(event.shiftKey ? -1 : 1)) event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    if (cells.anchor) cells.go(cells.row, cells.column);
    else filter.focus();
    return;
  }
  if (event.key === "/" || event.key === "?") {
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "/") filter.focus();
    else help();
    return;
  }
  if (far && event.key.toLowerCase() === "a") {
    event.preventDefault();
    cells.anchor = { row: cells.rows[0], column: 0 };
    cells.go(cells.rows.at(-1), cells.columns.length - 1, { extend: true });
    return;
  }
  if (canEdit) edit(event, far);
});

function edit(event, far) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const steps = {
    "far z": () => (event.shiftKey ? act.redo() : act.undo()),
    "far y": act.redo,
    "far d": act.copy,
    "far Enter": () => act.add(true),
    "far Delete": act.remove,
    "far Backspace": act.remove,
    "alt ArrowUp": () => act.move(-1),
    "alt ArrowDown": () => act.move(1),
    Insert: () => act.add(true),
    Delete: clear,
    Backspace: clear,
    Enter: () => editor.start(),
    F2: () => editor.start(),
    ContextMenu: () => menu(cells.row),
    "shift F10": () => menu(cells.row),
  };
  const held = far ? "far " : event.altKey ? "alt " : event.shiftKey && key === "F10" ? "shift " : "";
  const step = steps[held + key];
  if (step) {
    event.preventDefault();
    step();
  } else if (event.key.length === 1 && !far && !event.altKey) {
    event.preventDefault();
    editor.start(event.key);
  }
}

// Typing Chinese begins with a composition, which needs a field that is already there.
table.addEventListener("compositionstart", () => canEdit && !editor.open && editor.start(""));

for (const kind of ["copy", "cut", "paste"]) {
  document.addEventListener(kind, (event) => {
    if (editor.open || !table.contains(document.activeElement) || !cells.row) return;
    if (kind !== "paste" && String(getSelection())) getSelection().removeAllRanges();
    event.preventDefault();
    if (kind === "paste") {
      if (canEdit) paste(fromTsv(event.clipboardData.getData("text/plain")));
      return;
    }
    event.clipboardData.setData("text/plain", toTsv(cells.texts()));
    if (kind === "cut" && canEdit) clear();
    else tell(said("copied"));
  });
}

/* the mouse */

table.tBodies[0].addEventListener("mousedown", (event) => {
  const cell = event.target.closest("td");
  if (!cell || event.button) return;
  event.preventDefault();
  if (editor.open) editor.commit("stay");
  cells.go(cell.parentElement, cell.cellIndex - 1, { extend: event.shiftKey });
  const drag = (over) => {
    const now = document.elementFromPoint(over.clientX, over.clientY)?.closest("td");
    if (now && table.contains(now) && now !== cells.cell) cells.go(now.parentElement, now.cellIndex - 1, { extend: true });
  };
  document.addEventListener("mousemove", drag);
  document.addEventListener("mouseup", () => document.removeEventListener("mousemove", drag), { once: true });
});

table.tBodies[0].addEventListener("dblclick", (event) => {
  if (canEdit && event.target.closest("td")) editor.start();
});

// A finger has no double click: a second tap on the active cell writes in it.
table.tBodies[0].addEventListener("pointerup", (event) => {
  const cell = event.target.closest("td");
  if (event.pointerType !== "touch" || !cell || !canEdit) return;
  if (cell.classList.contains("here") && cell === hit) editor.start();
  hit = cell;
});
let hit = null;

table.addEventListener("focusin", (event) => {
  const cell = event.target.closest("td");
  if (cell && cell !== cells.cell) cells.go(cell.parentElement, cell.cellIndex - 1, { focus: false });
});

/* the menu of a rule, and dragging it by its handle */

const menu = rulesMenu(document.getElementById("rule-menu"), cells, command);
if (canEdit) dragging(cells, act.move);

function command(what) {
  const does = {
    above: () => act.add(false),
    below: () => act.add(true),
    copy: act.copy,
    up: () => act.move(-1),
    down: () => act.move(1),
    remove: act.remove,
    undo: act.undo,
    redo: act.redo,
    help,
    note: () => {
      cells.go(cells.row, 0);
      editor.start();
    },
  };
  if (!cells.row && cells.all.length) cells.go(cells.all.at(-1), 0, { focus: false });
  if (cells.row || ["below", "undo", "redo", "help"].includes(what)) does[what]();
}

for (const button of page.querySelectorAll("[data-tool]")) {
  button.addEventListener("click", (event) => {
    const once = !["up", "down", "undo", "redo"].includes(button.dataset.tool);
    if (!once || event.detail < 2) command(button.dataset.tool); // the second click of a double click does nothing
  });
}

/* what the machine has against the table */

const findings = page.querySelector("[data-findings]");

function look() {
  clearTimeout(look.timer);
  look.timer = setTimeout(async () => {
    const asked = page.dataset.revision;
    findings.classList.add("stale");
    try {
      const answer = await fetch(`${page.dataset.look}?revision=${asked}&table=${encodeURIComponent(name)}`, { redirect: "manual" });
      if (!answer.ok || asked !== page.dataset.revision) return;
      findings.innerHTML = await answer.text();
      findings.classList.remove("stale");
      marks();
    } catch {
      // the panel stays pale until the next step
    }
  }, 250);
}

// Each rule a finding is about carries a sign beside its number; each cell, a line under it.
function marks() {
  for (const marked of table.querySelectorAll("[data-finding]")) {
    delete marked.dataset.finding;
    marked.removeAttribute("aria-description");
  }
  for (const sign of table.querySelectorAll(".finding-sign")) sign.remove();
  for (const item of findings.querySelectorAll("[data-severity]")) {
    if (item.dataset.table !== name) continue;
    for (const rule of item.dataset.rules.split(" ").filter(Boolean)) {
      const row = cells.rowOf(rule);
      if (!row) continue;
      const at = cells.columns.findIndex((column) => column.column === item.dataset.column);
      const cell = at < 0 ? row.cells[0] : cells.at(row, at);
      const sentence = item.querySelector("[data-sentence]").textContent.trim();
      if (!cell.dataset.finding || item.dataset.severity === "ERROR") cell.dataset.finding = item.dataset.severity;
      cell.setAttribute("aria-description", sentence);
      if (!row.cells[0].querySelector(".finding-sign")) {
        const sign = item.querySelector(".finding-icon").cloneNode(true);
        sign.classList.add("finding-sign");
        sign.dataset.sign = item.dataset.severity;
        sign.setAttribute("title", sentence);
        row.cells[0].prepend(sign);
      }
    }
  }
}

findings.addEventListener("click", (event) => {
  const goto = event.target.closest("[data-goto]");
  if (!goto || goto.dataset.table !== name) return;
  event.preventDefault();
  reach(goto.dataset.goto, goto.dataset.column);
});

function reach(rule, column) {
  const row = cells.rowOf(rule);
  if (!row) return;
  if (row.hidden) narrow("");
  const at = cells.columns.findIndex((each) => each.column === column);
  cells.go(row, Math.max(at, 0));
  row.classList.add("reached");
  setTimeout(() => row.classList.remove("reached"), 1500);
}

/* beside the grid: the active cell */

const about = page.querySelector("[data-about]");

cells.onMove = (cell) => {
  const column = cells.columns[cells.column];
  live.textContent = `${said("rule")} ${cells.place(cells.row)}, ${column.label}`;
  clearTimeout(cells.timer);
  cells.timer = setTimeout(async () => {
    if (!about || getComputedStyle(about).display === "none") return;
    const query = new URLSearchParams({ column: column.column, text: TEXT(cell), row: cells.place(cells.row) });
    try {
      const answer = await fetch(`${page.dataset.cell}?${query}`, { redirect: "manual" });
      if (answer.ok && cells.columns[cells.column] === column) about.innerHTML = await answer.text();
    } catch {
      // nothing is lost: the cell itself is on the page
    }
  }, 160);
};

/* the tools above */

function narrow(text) {
  filter.value = text;
  const left = cells.filter(text);
  page.querySelector("[data-none]").hidden = left > 0;
}

filter.addEventListener("input", () => narrow(filter.value));
filter.addEventListener("keydown", (event) => {
  if (event.key === "Escape") narrow("");
  if (event.key === "Escape" || event.key === "Enter" || event.key === "ArrowDown") {
    event.preventDefault();
    if (cells.rows.length) cells.go(cells.row && !cells.row.hidden ? cells.row : cells.rows[0], cells.column);
  }
});

const written = page.querySelector("[data-written]");

function asWritten(on) {
  table.classList.toggle("as-written", on);
  written.setAttribute("aria-pressed", String(on));
  localStorage.setItem("evenhand.grid.written", on ? "yes" : "");
}

written.addEventListener("click", () => asWritten(!table.classList.contains("as-written")));
asWritten(localStorage.getItem("evenhand.grid.written") === "yes");

function help() {
  document.getElementById("grid-help").showModal();
}

for (const opener of page.querySelectorAll("[data-open]")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.open).showModal());
}

state?.querySelector("button").addEventListener("click", () => server.drain());
frame.addEventListener("scroll", () => editor.open && editor.lay(), { passive: true });
addEventListener("resize", () => editor.open && editor.lay());

columnsDialog(document.getElementById("grid-columns"), { name, cells, push: (step) => server.push(step), said });

/* where one was before the page was read again, or where a link points */

const [, wantedRule, wantedColumn] = /^#([^/]+)(?:\/(.+))?$/.exec(decodeURIComponent(location.hash)) || [];
const stored = JSON.parse(sessionStorage.getItem("evenhand.grid.at") || "null");
sessionStorage.removeItem("evenhand.grid.at");
if (wantedRule && cells.rowOf(wantedRule)) reach(wantedRule, wantedColumn);
else if (cells.all.length) cells.go((stored && cells.rowOf(stored[0])) || cells.all[0], stored ? stored[1] : 0, { focus: Boolean(stored) });
look();
