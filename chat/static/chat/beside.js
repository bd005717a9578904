/* A second conversation beside the open one, where the screen has room for it (chat.css): the workspace again,
   in a frame of its own, so that each keeps its draft, its place and its socket. */
"use strict";

(() => {
  const pane = document.getElementById("desk-beside");
  const key = `chat.beside.${document.getElementById("desk").dataset.scope}`;

  function show(url) {
    let frame = pane.querySelector("iframe");
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = pane.getAttribute("aria-label");
      pane.append(frame);
    }
    if (frame.getAttribute("src") !== url) frame.src = url;
    pane.hidden = false;
    sessionStorage.setItem(key, url);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-beside]");
    if (opener) show(opener.dataset.beside);
    if (!event.target.closest("[data-close-beside]")) return;
    pane.querySelector("iframe").remove();
    pane.hidden = true;
    sessionStorage.removeItem(key);
    document.querySelector("#desk-own a")?.focus();
  });

  const kept = sessionStorage.getItem(key);
  if (kept && document.querySelector(`#desk-own [data-beside="${CSS.escape(kept)}"]`)) show(kept);
})();
