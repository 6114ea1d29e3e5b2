"use strict";

// Buttons that set how fast a recording plays; without scripts the browser's own control does.
const sound = document.querySelector("audio");
for (const button of document.querySelectorAll("[data-speed]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    sound.playbackRate = Number(button.dataset.speed);
    for (const other of document.querySelectorAll("[data-speed]")) other.setAttribute("aria-pressed", String(other === button));
  });
}
