// The list under the search box by keyboard: ↓ and ↑ walk it, Esc closes it and returns to the box.
"use strict";
(() => {
  const box = document.getElementById("faq-q");
  const list = document.getElementById("suggestions");
  if (!box || !list) return;
  const links = () => [...list.querySelectorAll("a")];
  const close = () => list.replaceChildren();

  document.addEventListener("keydown", (event) => {
    const inside = event.target === box || list.contains(event.target);
    if (!inside || event.isComposing) return;
    if (event.key === "Escape" && list.hasChildNodes()) {
      event.preventDefault();
      close();
      box.focus();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [box, ...links()];
    if (stops.length < 2) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    stops[(stops.indexOf(event.target) + step + stops.length) % stops.length].focus();
  });

  document.addEventListener("click", (event) => {
    if (event.target !== box && !list.contains(event.target)) close();
  });
})();
