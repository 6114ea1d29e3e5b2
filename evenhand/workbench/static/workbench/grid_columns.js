// The dialog about the columns: what is asked, what it is called, which rules count.

export function columnsDialog(dialog, { name, cells, push, said }) {
  if (!dialog) return;

  const policy = dialog.querySelector("[data-policy]");
  policy.addEventListener("submit", (event) => event.preventDefault());
  policy.querySelector("select").addEventListener("change", (event) => {
    const [wanted, aggregation] = event.target.value.split("/");
    push({ act: "SET_HIT_POLICY", table: name, policy: wanted, aggregation, was: policy.dataset.was.split("/") });
    dialog.close();
  });

  for (const form of dialog.querySelectorAll("[data-label-form]")) {
    const field = form.querySelector("input");
    const send = (event) => {
      event.preventDefault();
      const { column, was } = form.dataset;
      if (field.value === was) return;
      push({ act: "SET_LABEL", table: name, column, text: field.value, was });
      form.dataset.was = field.value;
    };
    form.addEventListener("submit", send);
    field.addEventListener("change", send);
  }

  for (const button of dialog.querySelectorAll("[data-remove-column]")) {
    button.addEventListener("click", () => {
      if (button.dataset.asked === undefined) {
        button.dataset.asked = "";
        button.textContent = said("remove-column");
        button.classList.add("button-bad");
        return;
      }
      const column = button.dataset.removeColumn;
      const at = cells.columns.findIndex((each) => each.column === column);
      const was = cells.all.map((row) => cells.at(row, at).dataset.text);
      push({ act: "REMOVE_COLUMN", table: name, column, was });
      dialog.close();
    });
  }

  dialog.querySelector("[data-add-column]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value, selectedOptions } = event.target.elements.fact;
    const { label, kind } = selectedOptions[0].dataset;
    push({ act: "ADD_INPUT", table: name, expression: value, label, kind });
    dialog.close();
  });
}
