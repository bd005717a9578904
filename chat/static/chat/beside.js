/* Other conversations beside the open one, as many as the screen has room for (desk.css): the workspace again,
   each in a frame of its own, so that each keeps its draft, its place and its socket. No conversation twice. */
"use strict";

(() => {
  const place = document.getElementById("desk-beside");
  const key = `chat.beside.${document.getElementById("desk").dataset.scope}`;
  const wide = matchMedia("(min-width: 1920px)");

  const shownIn = (page) => page?.getElementById("desk")?.dataset.conversation || "";
  const open = () => shownIn(document);
  const panes = () => [...place.children];
  const paneOf = (id) => panes().find((pane) => pane.dataset.conversation === id);

  function changed() {
    place.hidden = !place.children.length;
    sessionStorage.setItem(key, JSON.stringify(panes().map((pane) => pane.dataset.conversation)));
  }

  function close(pane) {
    pane.remove();
    changed();
  }

  function show(id, url) {
    if (id === open()) return;
    const there = paneOf(id);
    if (there) return void there.querySelector("iframe").focus();
    while (panes().length >= (wide.matches ? 3 : 2)) panes()[0].remove(); // its draft is kept
    const pane = document.querySelector('template[data-template="beside"]').content.firstElementChild.cloneNode(true);
    pane.dataset.conversation = id;
    const frame = document.createElement("iframe");
    frame.title = place.getAttribute("aria-label");
    frame.src = url;
    frame.addEventListener("load", () => {
      frame.contentDocument.addEventListener("htmx:afterSettle", () => moved(pane));
      moved(pane);
    });
    pane.append(frame);
    place.append(pane);
    changed();
  }

  /* The frame shows another conversation now, or none: one that stands elsewhere already is not shown again. */
  function moved(pane) {
    const id = shownIn(pane.querySelector("iframe").contentDocument);
    if (id === pane.dataset.conversation) return;
    if (!id || id === open() || paneOf(id)) return close(pane);
    pane.dataset.conversation = id;
    changed();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-beside]");
    if (opener) show(opener.closest("[data-conversation]").dataset.conversation, opener.dataset.beside);
    const closer = event.target.closest("[data-close-beside]");
    if (!closer) return;
    close(closer.closest("[data-conversation]"));
    document.querySelector("#desk-own a")?.focus();
  });
  document.addEventListener("htmx:afterSettle", () => {
    const twice = open() && paneOf(open());
    if (twice) close(twice);
  });

  for (const id of JSON.parse(sessionStorage.getItem(key) || "[]")) {
    const opener = document.querySelector(`#desk-own [data-conversation="${CSS.escape(id)}"] [data-beside]`);
    if (opener) show(id, opener.dataset.beside);
  }
})();
