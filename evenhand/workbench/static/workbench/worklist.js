"use strict";

const links = [...document.querySelectorAll("[data-row]")];

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !links.length) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
});

const filters = document.querySelector("[data-filters]");
const treatment = filters.querySelector("select[name=treatment]");
treatment.addEventListener("change", () => {
  const pressed = filters.querySelector("[name=bucket][aria-pressed=true]");
  filters.requestSubmit(pressed);
});
