// Single keys: window.singleKeys({ j: … }) makes a key do something, never while somebody writes, and not at all
// where dialog#keys says that this person has turned them off. `?` shows that dialog.
"use strict";
(() => {
  const help = document.getElementById("keys");
  const writes = (element) => element.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-show-keys]")) return;
    event.preventDefault();
    help?.showModal();
  });

  window.singleKeys = (keys) => {
    const acts = { "?": () => help?.showModal(), ...keys };
    document.addEventListener("keydown", (event) => {
      if (help?.dataset.keys !== "on" || document.querySelector("dialog[open]")) return;
      const isSearch = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "k";
      if (isSearch && acts["/"] && !event.isComposing) {
        event.preventDefault();
        return acts["/"]();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writes(event.target)) return;
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
  };
})();
