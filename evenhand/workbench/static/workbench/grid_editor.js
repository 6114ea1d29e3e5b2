// One field for all cells: it is laid over the cell being written, with what the column may hold under it.

const ASK_MS = 140;

export class Editor {
  constructor(cells, frame, url, onCommit) {
    this.cells = cells;
    this.frame = frame;
    this.url = url;
    this.onCommit = onCommit;
    this.box = document.getElementById("grid-editor");
    this.field = this.box.querySelector("input");
    this.help = this.box.querySelector("[data-help]");
    this.cell = null;
    this.chosen = -1;
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => setTimeout(() => this.leftBehind()));
    this.help.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  get open() {
    return this.cell !== null;
  }

  start(text) {
    const cell = this.cells.cell;
    if (!cell) return;
    this.cell = cell;
    this.place = { rule: this.cells.row.dataset.rule, column: this.cells.column };
    this.was = cell.dataset.text;
    this.about = this.cells.columns[this.cells.column];
    this.field.value = text === undefined ? (this.was === "-" ? "" : this.was) : text;
    this.field.setAttribute("aria-label", this.about.label);
    this.box.hidden = false;
    this.help.textContent = "";
    this.field.setAttribute("aria-expanded", "false");
    this.lay();
    this.field.focus({ preventScroll: true });
    if (text === undefined) this.field.setSelectionRange(this.field.value.length, this.field.value.length);
    this.ask(0);
  }

  lay() {
    const cell = this.cells.rowOf(this.place.rule)?.cells[this.place.column + 1];
    if (!cell) return;
    this.cell = cell;
    const box = cell.getBoundingClientRect();
    const view = this.frame.getBoundingClientRect();
    const width = Math.min(Math.max(box.width, this.about.role === "NOTE" ? 520 : 240), view.width - 8);
    const left = Math.min(Math.max(box.left, view.left), view.right - width - 4);
    this.box.style.left = `${left}px`;
    this.box.style.top = `${box.top}px`;
    this.box.style.width = `${width}px`;
    this.field.style.height = `${Math.max(Math.min(box.height, 40), 28)}px`;
    const over = this.box.getBoundingClientRect().bottom > innerHeight - 8 && box.top > innerHeight / 2;
    this.box.classList.toggle("upwards", over);
    if (over) this.box.style.top = `${box.bottom}px`;
  }

  typed() {
    this.chosen = -1;
    this.narrow();
    this.ask(ASK_MS);
  }

  ask(wait) {
    clearTimeout(this.timer);
    const mine = (this.asked = (this.asked || 0) + 1);
    this.timer = setTimeout(async () => {
      const query = new URLSearchParams({ column: this.about.column, text: this.field.value, editing: "1" });
      try {
        const answer = await fetch(`${this.url}?${query}`, { redirect: "manual" });
        const html = answer.ok ? await answer.text() : "";
        if (mine !== this.asked || !this.open) return;
        this.help.innerHTML = html;
        this.narrow();
        this.lay();
      } catch {
        // without the server there are no suggestions; what is typed is kept all the same
      }
    }, wait);
  }

  // The part of the text that is being written: behind the last comma or bracket.
  get fragment() {
    const upTo = this.field.value.slice(0, this.field.selectionStart);
    return upTo.replace(/^.*[,(，（、]/s, "").replaceAll('"', "").trim();
  }

  get options() {
    return [...this.help.querySelectorAll("[role=option]")].filter((option) => !option.hidden);
  }

  narrow() {
    const wanted = this.fragment.toLowerCase();
    const listed = [...this.help.querySelectorAll("[role=option]")];
    const whole = listed.some((option) => option.dataset.code.toLowerCase() === wanted);
    for (const option of listed) {
      const said = `${option.dataset.code} ${option.textContent}`.toLowerCase();
      option.hidden = Boolean(wanted) && wanted !== "-" && !whole && !said.includes(wanted);
      option.setAttribute("aria-selected", "false");
    }
    this.field.setAttribute("aria-expanded", String(this.options.length > 0));
    this.choose(this.chosen);
  }

  choose(at) {
    const options = this.options;
    this.chosen = options.length ? Math.min(Math.max(at, -1), options.length - 1) : -1;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.chosen)));
    const chosen = options[this.chosen];
    if (chosen) {
      this.field.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.field.removeAttribute("aria-activedescendant");
  }

  take(option) {
    const written = option.dataset.written;
    if (this.about.role === "OUTPUT" || this.about.kind !== "string") this.field.value = written;
    else {
      const at = this.field.selectionStart;
      const before = this.field.value.slice(0, at).replace(/[^,(，（、]*$/s, "");
      const after = this.field.value.slice(at).replace(/^[^,)，）、]*/s, "");
      this.field.value = before + written + after;
      this.field.setSelectionRange((before + written).length, (before + written).length);
    }
    this.chosen = -1;
    this.typed();
    this.field.focus();
  }

  key(event) {
    if (event.isComposing) return;
    const options = this.options;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length && !event.altKey) {
      event.preventDefault();
      this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
      return;
    }
    const chosen = options[this.chosen];
    if ((event.key === "Enter" || event.key === "Tab") && chosen && !event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation();
      this.take(chosen);
      return;
    }
    const leave = { Enter: event.shiftKey ? "up" : "down", Tab: event.shiftKey ? "left" : "right" }[event.key];
    if (leave) {
      event.preventDefault();
      event.stopPropagation();
      this.commit(leave);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else event.stopPropagation();
  }

  leftBehind() {
    if (this.open && !this.box.contains(document.activeElement) && document.hasFocus()) this.commit("stay");
  }

  commit(leave) {
    const text = this.field.value.trim();
    const same = text === this.was || (text === "" && this.was === "-");
    const { place, was, about } = this;
    this.close(leave !== "stay");
    if (!same) this.onCommit(place, about, text, was);
    if (leave === "down") this.cells.move(1, 0);
    else if (leave === "up") this.cells.move(-1, 0);
    else if (leave === "right") this.cells.step(1);
    else if (leave === "left") this.cells.step(-1);
  }

  close(focus = true) {
    this.cell = null;
    clearTimeout(this.timer);
    this.box.hidden = true;
    if (focus && this.cells.cell) this.cells.cell.focus({ preventScroll: true });
  }
}
