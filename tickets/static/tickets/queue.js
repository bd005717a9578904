// The queue: selecting rows, changes that do not move what is being read, and single keys (keys.js).
"use strict";
(() => {
  const queue = () => document.getElementById("queue");
  const rows = () => [...document.querySelectorAll("#queue tr[data-case]")];
  const box = (row) => row?.querySelector("[name=case]");

  // --- Selection: kept by number while rows change ----------------------------------------------
  const picked = new Set();
  let last = null;

  const say = () => {
    const all = rows().map(box).filter(Boolean);
    for (const one of all) one.closest("tr").classList.toggle("picked", one.checked);
    const count = document.querySelector("[data-picked]");
    if (count) count.textContent = picked.size ? picked.size : "";
    const whole = document.querySelector("[data-pick-all]");
    if (!whole) return;
    whole.hidden = false;
    whole.checked = all.length > 0 && all.every((one) => one.checked);
    whole.indeterminate = !whole.checked && all.some((one) => one.checked);
  };
  const pick = (one, on) => {
    one.checked = on;
    on ? picked.add(one.value) : picked.delete(one.value);
  };
  const read = () => {
    document.dispatchEvent(new Event("queue:changed"));
    for (const one of rows().map(box).filter(Boolean)) pick(one, one.checked || picked.has(one.value));
    say();
  };

  document.addEventListener("click", (event) => {
    const one = event.target.closest?.("#queue [name=case]");
    if (one) {
      const all = rows().map(box);
      const [from, to] = [all.indexOf(last), all.indexOf(one)].sort((a, b) => a - b);
      pick(one, one.checked);
      if (event.shiftKey && from >= 0) for (const between of all.slice(from, to + 1)) pick(between, one.checked);
      last = one;
      say();
    } else if (event.target.matches?.("[data-pick-all]")) {
      for (const each of rows().map(box)) pick(each, event.target.checked);
      say();
    }
  });

  // --- Live: rows change in place; what came or went waits until the reader asks -------------------
  let fresh = null; // the newest answer, held back
  const ids = (list) => list.map((row) => row.id);

  const offer = (page) => {
    const bar = document.querySelector("[data-news]");
    const known = new Set(ids(rows()));
    const now = [...page.querySelectorAll("tr[data-case]")];
    const came = now.filter((row) => !known.has(row.id)).length;
    for (const row of rows()) {
      const next = now.find((other) => other.id === row.id);
      row.classList.toggle("gone", !next);
      if (!next || row.contains(document.activeElement)) continue;
      row.replaceChildren(...next.cloneNode(true).childNodes);
    }
    fresh = page;
    const button = bar.querySelector("button");
    button.textContent = came ? bar.dataset.came.replace("0", came) : bar.dataset.moved;
    bar.hidden = false;
    read();
  };
  const take = () => {
    if (!fresh) return;
    queue().replaceWith(fresh);
    window.htmx?.process(fresh);
    fresh = null;
    read();
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "queue" || event.detail.xhr.status !== 200) return;
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").getElementById("queue");
    if (!page) return;
    const shown = ids(rows());
    const now = ids([...page.querySelectorAll("tr[data-case]")]);
    if (!shown.length || shown.join() === now.join()) return; // nothing moves: htmx keeps focus by id
    event.detail.shouldSwap = false;
    offer(document.importNode(page, true));
  });
  document.addEventListener("htmx:afterSwap", read);
  document.addEventListener("click", (event) => event.target.closest?.("[data-news] button") && take());

  // --- Keys --------------------------------------------------------------------------------------
  const search = () => {
    const box = document.querySelector("[name=text]");
    const folded = box?.closest("details");
    if (folded) folded.open = true;
    box?.focus();
  };
  const here = () => document.activeElement?.closest?.("#queue tr[data-case]");
  const move = (by) => {
    const all = rows();
    const at = all.indexOf(here());
    const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    to?.querySelector("a")?.focus();
  };
  window.singleKeys({
    j: () => move(1),
    k: () => move(-1),
    o: () => here()?.querySelector("a")?.click(),
    x: () => box(here())?.click(),
    e: () => {
      const link = here()?.querySelector("a");
      if (link) location.href = `${link.href}#assign`;
    },
    "/": search,
    r: take,
  });

  if (location.hash === "#search") search();
  read();
})();
