// [data-count="5000"]: how many characters were typed. [data-copy="#id"]: copies the text of an element. [data-key="c"]: a keystroke that presses a button.
"use strict";
(() => {
  // Characters as people and the server count them, not UTF-16 units.
  const length = (text) => [...text.replace(/\r\n/g, "\n")].length;

  const count = (field) => {
    const most = Number(field.dataset.count);
    let shown = field.nextElementSibling;
    if (!shown?.matches("[data-counter]")) {
      shown = document.createElement("small");
      shown.dataset.counter = "";
      shown.className = "helptext num";
      shown.setAttribute("aria-hidden", "true");
      field.after(shown);
    }
    const now = length(field.value);
    shown.textContent = now > most / 2 ? `${now} / ${most}` : "";
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-count]")) count(event.target);
  });
  document.querySelectorAll("[data-count]").forEach(count);

  // [data-key="c"]: one keystroke presses the first such button, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (event.target.closest?.("input, select, textarea, [contenteditable]")) return;
    const key = CSS.escape(event.key.toLowerCase());
    const button = document.querySelector(`button[data-key="${key}"]`);
    if (!button || document.querySelector("dialog[open]")) return;
    if (document.getElementById("keys")?.dataset.keys === "off") return;
    event.preventDefault();
    button.click();
  });

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }
})();
