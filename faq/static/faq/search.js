// The list under the search box as a combobox: focus stays in the box, ↓ and ↑ choose, Enter opens, Esc closes.
"use strict";
(() => {
  const box = document.getElementById("faq-q");
  const list = document.getElementById("suggestions");
  const status = document.getElementById("suggestions-status");
  if (!box || !list || !status) return;
  let chosen = -1;
  let kept = ""; // the path of the chosen article, while the list is exchanged
  const options = () => [...list.querySelectorAll("[role=option]")];

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");

  const choose = (index) => {
    chosen = index;
    box.removeAttribute("aria-activedescendant");
    options().forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === index));
      if (place !== index) return;
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    });
  };

  // Who has already gone down to an article stays on it when a newer list has it, too.
  const show = () => {
    const open = options().length > 0;
    choose(options().findIndex((option) => option.pathname === kept));
    box.setAttribute("aria-expanded", String(open));
    if (open) box.setAttribute("aria-controls", "suggested");
    else box.removeAttribute("aria-controls");
    status.textContent = list.querySelector("[data-status]")?.textContent ?? "";
  };

  const close = () => {
    list.replaceChildren();
    show();
  };

  // An answer that arrives when nobody is typing any more opens nothing.
  list.addEventListener("htmx:beforeSwap", (event) => {
    if (document.activeElement !== box || !box.value.trim()) event.detail.shouldSwap = false;
    kept = options()[chosen]?.pathname ?? "";
  });
  list.addEventListener("htmx:afterSwap", show);
  box.addEventListener("input", () => {
    if (!box.value.trim()) close();
  });

  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    if (event.key === "Escape" && list.hasChildNodes()) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
      event.preventDefault();
      const places = all.length + 1; // the box itself is one of them
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(((chosen + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && all[chosen]) {
      event.preventDefault();
      all[chosen].click();
    }
  });
  box.addEventListener("blur", () => setTimeout(() => list.contains(document.activeElement) || close(), 150));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the box
})();
