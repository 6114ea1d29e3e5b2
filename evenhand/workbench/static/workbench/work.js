"use strict";

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input:not([type=radio]), textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "n") {
    const next = document.querySelector("[data-next]");
    if (next) {
      event.preventDefault();
      next.requestSubmit();
    }
  }
  if (event.key === "r") {
    const first = document.querySelector("#result input[type=radio]:checked, #result input[type=radio]");
    if (first) {
      event.preventDefault();
      first.focus();
      first.closest("section").scrollIntoView({ block: "nearest" });
    }
  }
});

const result = document.querySelector("#result form");
if (result) {
  const asked = [...result.querySelectorAll("[data-asked]")];
  const nextOn = result.querySelector("[name=next_on]");
  let proposed = nextOn.value;

  // What is typed by hand stands outside of what is exchanged, so that nothing is taken from under her hands.
  const follow = () => {
    const asks = result.querySelector("[data-asks]");
    for (const part of asked) {
      const wanted = asks.dataset.asks.split(" ").includes(part.dataset.asked);
      part.hidden = !wanted;
      for (const input of part.querySelectorAll("input")) input.disabled = !wanted;
    }
    if (nextOn.value === "" || nextOn.value === proposed) nextOn.value = asks.dataset.nextOn;
    proposed = asks.dataset.nextOn;
  };
  follow();
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "result-choices") follow();
  });

  const state = result.querySelector("[data-lost]");
  const lost = () => { state.textContent = state.dataset.lost; };
  document.body.addEventListener("htmx:sendError", lost);
  document.body.addEventListener("htmx:responseError", lost);
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    if (result.contains(event.target)) state.textContent = state.dataset.kept;
  });
}
