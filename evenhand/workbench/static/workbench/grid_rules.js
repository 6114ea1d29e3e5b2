// Rules by the mouse: the menu at a rule's number, and dragging it by its handle.

export function rulesMenu(list, cells, command) {
  const { table } = cells;
  if (!list) return () => {};

  function open(row) {
    if (!row) return;
    cells.go(row, cells.column, { focus: false });
    const button = row.querySelector(".rule-menu");
    const box = (button || row.cells[0]).getBoundingClientRect();
    list.hidden = false;
    list.style.left = `${box.right + 4}px`;
    list.style.top = `${Math.min(box.top, innerHeight - list.offsetHeight - 8)}px`;
    list.querySelector("button").focus();
  }

  function close() {
    list.hidden = true;
    cells.cell?.focus({ preventScroll: true });
  }

  table.addEventListener("click", (event) => {
    const button = event.target.closest(".rule-menu");
    if (button) open(button.closest("tr"));
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("button");
    if (!item) return;
    close();
    command(item.dataset.do);
  });
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) items[(at + step + items.length) % items.length].focus();
    else if (event.key === "Home") items[0].focus();
    else if (event.key === "End") items.at(-1).focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!list.contains(event.target) && !event.target.closest(".rule-menu")) list.hidden = true;
  });
  return open;
}

export function dragging(cells, move) {
  const { table } = cells;
  let dragged = null;

  const below = (event, row) => {
    const box = row.getBoundingClientRect();
    return event.clientY > box.top + box.height / 2;
  };
  const mark = (row, under) => {
    for (const marked of table.querySelectorAll(".drop-above, .drop-below")) marked.classList.remove("drop-above", "drop-below");
    if (row) row.classList.add(under ? "drop-below" : "drop-above");
  };

  table.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("tbody th")?.parentElement;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.rule);
    dragged.classList.add("dragged");
  });
  table.addEventListener("dragover", (event) => {
    const row = event.target.closest("tbody tr");
    if (!dragged || !row) return;
    event.preventDefault();
    mark(row, below(event, row));
  });
  table.addEventListener("drop", (event) => {
    const row = event.target.closest("tbody tr");
    if (!dragged || !row) return;
    event.preventDefault();
    const from = cells.place(dragged);
    let to = cells.place(row) + (below(event, row) ? 1 : 0);
    if (to > from) to -= 1;
    cells.go(dragged, cells.column, { focus: false });
    if (to !== from) move(to - from);
  });
  table.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    mark(null);
    dragged = null;
  });
}
