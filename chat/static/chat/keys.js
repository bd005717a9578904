/* The workspace without a mouse: shortcuts, the / menu of canned replies, Ctrl+K. `?` lists them all. */
"use strict";

(() => {
  const get = (id) => document.getElementById(id);
  const first = (selector) => document.querySelector(selector);
  const help = get("desk-help");
  const palette = get("desk-palette");
  const box = get("desk-palette-text");
  const found = get("desk-palette-list");

  /* --- A list that ↑ ↓ walk and Enter takes, for both menus ---------------------------------------- */
  const shown = (list) => [...list.children].filter((one) => !one.hidden);
  const current = (list) => list.querySelector('[aria-selected="true"]');

  function select(list, one, input) {
    for (const other of list.children) other.setAttribute("aria-selected", String(other === one));
    if (one) one.scrollIntoView({ block: "nearest" });
    if (one) input.setAttribute("aria-activedescendant", one.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function walk(list, step, input) {
    const all = shown(list);
    const at = all.indexOf(current(list));
    select(list, all[(at + step + all.length) % all.length], input);
  }

  /* --- / : canned replies --------------------------------------------------------------------------- */
  const canned = () => get("desk-canned");
  const text = () => get("chat-text");

  function filterCanned() {
    const menu = canned();
    if (!menu || !text()) return;
    const typed = /^\/(\S{0,30})$/.exec(text().value);
    menu.hidden = !typed;
    text().toggleAttribute("aria-expanded", Boolean(typed));
    if (!typed) return;
    const list = get("desk-canned-list");
    const wanted = typed[1].toLowerCase();
    for (const one of list.children) {
      const { shortcut, text: said } = one.dataset;
      one.hidden = !shortcut.toLowerCase().includes(wanted) && !said.toLowerCase().includes(wanted);
    }
    const all = shown(list);
    menu.hidden = !all.length;
    preview(all.find((one) => one.dataset.shortcut.toLowerCase().startsWith(wanted)) || all[0]);
  }

  function preview(one) {
    select(get("desk-canned-list"), one, text());
    canned().querySelector("[data-preview]").textContent = one ? one.dataset.text : "";
    for (const mark of canned().querySelectorAll("[data-missing-for]")) mark.hidden = !one || mark.dataset.missingFor !== one.id;
  }

  function takeCanned() {
    const one = current(get("desk-canned-list"));
    if (!one) return;
    text().value = one.dataset.text;
    text().dispatchEvent(new Event("input", { bubbles: true }));
    canned().hidden = true;
    text().focus();
    unfilled();
  }

  /* A variable that has no value here stands as it is: it is selected, and nothing is sent before it is filled in. */
  function unfilled() {
    const left = /\{\{\s*\w+\s*\}\}/.exec(text().value);
    if (left) text().setSelectionRange(left.index, left.index + left[0].length);
    return left;
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "chat-compose" || !unfilled()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    text().setCustomValidity(text().dataset.unfilled);
    text().reportValidity();
  }, true);
  document.addEventListener("input", (event) => event.target.id === "chat-text" && event.target.setCustomValidity(""));

  document.addEventListener("input", (event) => event.target.id === "chat-text" && filterCanned());
  document.addEventListener("click", (event) => {
    const one = event.target.closest("#desk-canned-list [role=option]");
    if (!one) return;
    preview(one);
    takeCanned();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "chat-text" || !canned() || canned().hidden || event.isComposing) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves && !event.altKey) {
      walk(get("desk-canned-list"), moves[event.key], text());
      preview(current(get("desk-canned-list")));
    } else if (["Enter", "Tab"].includes(event.key) && !event.shiftKey) takeCanned();
    else if (event.key === "Escape") canned().hidden = true;
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  /* --- Ctrl+K ---------------------------------------------------------------------------------------- */
  function fill() {
    const here = "#desk-lists a.desk-row, #desk-bar a, #desk-bar button, #desk-bar summary, #desk-lists .desk-duty a";
    const places = [here, ".rail a[href]:not(.brand)"].flatMap((some) => [...document.querySelectorAll(some)]);
    found.replaceChildren(...places.filter((place) => place.offsetParent !== null || place.closest("#desk-lists")).map((place, n) => {
      const line = document.createElement("li");
      line.setAttribute("role", "option");
      line.id = `palette-${n}`;
      line.textContent = (place.innerText || place.textContent).replace(/\s+/g, " ").trim();
      line.addEventListener("click", () => choose(line));
      line.place = place;
      return line;
    }));
    narrow();
  }

  function narrow() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const line of found.children) line.hidden = !words.every((word) => line.textContent.toLowerCase().includes(word));
    select(found, shown(found)[0], box);
  }

  function choose(line) {
    palette.close();
    if (!line) return;
    line.place.click();
    if (line.place.matches("summary")) line.place.parentElement.querySelector("select, input:not([type=hidden]), textarea")?.focus();
  }

  box.addEventListener("input", narrow);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(found, event.key === "ArrowDown" ? 1 : -1, box);
    else if (event.key === "Enter") choose(current(found));
    else return;
    event.preventDefault();
  });

  /* --- Single keys ------------------------------------------------------------------------------------ */
  function unfold(details) {
    if (!details) return;
    details.open = true;
    details.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  }

  function otherMode() {
    const modes = [...document.querySelectorAll("#chat-compose [name=mode]:not(:disabled)")];
    const next = modes[(modes.findIndex((one) => one.checked) + 1) % modes.length];
    if (!next) return;
    next.click();
    text().focus();
  }

  const withAlt = {
    KeyU: () => first('#desk-own li[data-unread]:not([data-unread="0"]) a.desk-row'),
    KeyA: () => first("#desk-offers button.primary") || first("#desk-waiting button"),
    KeyS: () => first("#desk-suggestions [data-insert]"),
    KeyT: () => first('#desk-bar a[href$="/convert/"]'),
    KeyX: () => void unfold(first("#desk-bar .desk-transfer:not(#desk-close)")),
    KeyE: () => void unfold(get("desk-close")),
    KeyN: () => void otherMode(),
    KeyI: () => void text()?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.code === "KeyK") {
      event.preventDefault();
      box.value = "";
      if (!palette.open) palette.showModal();
      return fill();
    }
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("#desk-bar details[open]")) open.open = false;
    }
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "?" && !typing) {
      event.preventDefault();
      return help.showModal();
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const digit = /^Digit([1-9])$/.exec(event.code);
    const act = digit ? () => document.querySelectorAll("#desk-own a.desk-row")[digit[1] - 1] : withAlt[event.code];
    if (!act) return;
    event.preventDefault();
    act()?.click();
  });
  document.addEventListener("click", (event) => event.target.closest("[data-settings]") && help.showModal());
})();
