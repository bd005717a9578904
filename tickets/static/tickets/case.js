// The page of a case: single keys (keys.js).
"use strict";
(() => {
  // Sections by their headings: j and k walk along them, as along the rows of the queue.
  const heads = () => [...document.querySelectorAll("main h2")].filter((head) => head.offsetParent !== null && !head.closest("dialog"));
  const move = (by) => {
    const all = heads();
    const at = all.findIndex((head) => head === document.activeElement || head.parentElement.contains(document.activeElement));
    const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    if (!to) return;
    to.tabIndex = -1;
    to.focus();
  };

  // The form of a verb: opened, and the first field of it is where one writes on. It may have to be fetched.
  const field = (panel) => panel.querySelector("textarea, select, input:not([type=hidden])");
  const unfold = (name) => {
    const panel = document.getElementById(name);
    if (!panel) return;
    panel.open = true;
    panel.scrollIntoView({ block: "nearest" });
    if (field(panel)) return field(panel).focus();
    panel.querySelector("summary").focus();
    panel.addEventListener("htmx:afterSettle", () => field(panel)?.focus(), { once: true });
  };
  const open = () => {
    const section = document.activeElement?.closest?.("section");
    const first = section?.querySelector("summary, a[href], button");
    if (document.activeElement?.matches("summary, a[href], button")) document.activeElement.click();
    else first?.focus();
  };

  window.singleKeys({
    j: () => move(1),
    k: () => move(-1),
    o: open,
    r: () => unfold("reply"),
    n: () => unfold("note"),
    l: () => unfold("log_contact"),
    e: () => unfold(document.getElementById("assign") ? "assign" : "reassign"),
    u: () => document.querySelector("a.back")?.click(),
    "/": () => {
      location.href = document.querySelector("[data-search]").dataset.search;
    },
  });
})();
