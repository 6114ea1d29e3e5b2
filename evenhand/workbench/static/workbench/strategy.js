"use strict";

// Dialogs, forms that ask before they act, and the two ticks of a comparison.

for (const opener of document.querySelectorAll("[data-open]")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.open).showModal());
}

for (const closer of document.querySelectorAll("[data-close]")) {
  closer.addEventListener("click", () => closer.closest("dialog").close());
}

document.querySelector("dialog[data-show]")?.showModal();

const confirmation = document.getElementById("confirm");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-confirm]");
  if (!button || button.dataset.confirmed || !button.form.checkValidity()) return;
  event.preventDefault();
  confirmation.querySelector("#confirm-text").textContent = button.dataset.confirm;
  confirmation.returnValue = "no";
  confirmation.showModal();
  confirmation.addEventListener("close", () => {
    if (confirmation.returnValue !== "yes") return;
    button.dataset.confirmed = "yes";
    button.form.requestSubmit(button);
  }, { once: true });
});

const comparison = document.getElementById("compare-form");

if (comparison) {
  const picks = [...document.querySelectorAll("[data-pick]")];
  const button = comparison.querySelector("[data-compare]");
  const ticked = () => picks.filter((pick) => pick.checked).map((pick) => Number(pick.value)).sort((a, b) => a - b);
  const settle = () => {
    const two = ticked().length === 2;
    if (button) button.disabled = !two;
    for (const pick of picks) pick.disabled = two && !pick.checked;
  };
  for (const pick of picks) pick.addEventListener("change", settle);
  settle();
  comparison.addEventListener("submit", (event) => {
    event.preventDefault();
    const [old, wanted] = ticked();
    location.assign(`${comparison.getAttribute("action")}?old=${old}&new=${wanted}`);
  });
}
