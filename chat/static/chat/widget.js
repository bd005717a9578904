/* Body of /chat/widget.js; the view wraps it as function (texts, frame) { … }. docs/widget.md
   It runs on other people's pages: no inline style, nothing global, everything inside a shadow root. */
"use strict";

const script = document.currentScript;
if (!script || !script.src) return;
const origin = new URL(script.src).origin;
const MARK = "helpdesk.widget"; // in the site's own storage: a conversation is open. No secret, no id.

/* --- What the site chose; what is not understood is said in the console and left out ---------- */
function option(name, valid, otherwise) {
  const given = script.dataset[name];
  if (given === undefined) return otherwise;
  if (valid(given.trim())) return given.trim();
  console.warn(`Helpdesk: data-${name}="${given}" is not understood`);
  return otherwise;
}

/* zh-CN, zh-Hant-TW, en-GB …: as the page says it, else the first language of the desk. */
function spoken(tag) {
  const code = tag.toLowerCase().replaceAll("_", "-");
  if (code in texts) return code;
  if (/^zh\b/.test(code)) return /hant|tw|hk|mo/.test(code) ? "zh-hant" : "zh-hans";
  return code.split("-")[0] in texts ? code.split("-")[0] : "";
}

const language = spoken(option("lang", spoken, "") || document.documentElement.lang) || Object.keys(texts)[0];
const say = texts[language];
const theme = option("theme", (value) => ["auto", "light", "dark"].includes(value), "auto");
const side = option("position", (value) => ["left", "right"].includes(value), "right");
const accent = option("accent", (value) => /^#[0-9a-f]{6}$/i.test(value), "#24478f");
const name = option("label", (value) => value.length > 0 && value.length <= 30, say.open);

/* Black or white, whichever is easier to read on the accent (WCAG relative luminance). */
function ink(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

const css = `
:host { all: initial; }
.launcher, .dialog { position: fixed; z-index: 2147483000; bottom: calc(20px + env(safe-area-inset-bottom, 0px)); ${side}: calc(20px + env(safe-area-inset-${side}, 0px)); }
.launcher { display: flex; align-items: center; gap: 8px; min-height: 48px; max-width: calc(100vw - 40px); padding: 0 20px; border: 0; border-radius: 24px;
  background: ${accent}; color: ${ink(accent)}; font: 600 16px/1.2 -apple-system, "PingFang SC", "Noto Sans SC", "Microsoft YaHei", sans-serif;
  cursor: pointer; box-shadow: 0 2px 12px rgb(0 0 0 / .25); }
.launcher:focus-visible { outline: 3px solid currentColor; outline-offset: -6px; }
.launcher svg { flex: none; width: 20px; height: 20px; }
.count { min-width: 20px; padding: 3px 6px; border-radius: 10px; background: #fff; color: #8f1d1d; font-size: 14px; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.dialog { bottom: calc(80px + env(safe-area-inset-bottom, 0px)); width: min(380px, calc(100vw - 40px)); height: min(620px, calc(100dvh - 100px));
  overflow: hidden; border-radius: 12px; background: Canvas; box-shadow: 0 8px 32px rgb(0 0 0 / .3); color-scheme: ${theme === "auto" ? "light dark" : theme}; }
iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: inherit; }
[hidden] { display: none !important; }
@media (max-width: 480px) {
  .dialog { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
  .launcher[aria-expanded="true"] { visibility: hidden; }
}
@media print { .launcher, .dialog { display: none; } }
`;

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function icon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of [["viewBox", "0 0 20 20"], ["fill", "currentColor"], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M10 2c4.4 0 8 3 8 7s-3.6 7-8 7c-.8 0-1.6-.1-2.4-.3L4 18v-3.7C2.700 13 2 11.1 2 9c0-4 3.6-7 8-7Z");
  svg.append(path);
  return svg;
}

const host = element("div", { lang: say.tag });
const root = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
const keyboard = new CSSStyleSheet();
root.adoptedStyleSheets = [sheet, keyboard]; // a policy without style-src knows these; docs/widget.md
const label = element("span", {}, name);
const count = element("span", { class: "count", "aria-hidden": "true", hidden: "" });
const said = element("span", { class: "said", role: "status" });
const launcher = element("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog" }, icon(), label, count);
const first = element("span", { tabindex: "0" });
const last = element("span", { tabindex: "0" });
first.hidden = last.hidden = true;
root.append(first, launcher, said, last);
let dialog, panel;
let loaded = false;

/* --- The frame: our own origin, told apart from everything else on the page -------------------- */
function build() {
  const address = new URL(frame, origin);
  address.search = new URLSearchParams({ lang: language, theme, accent: accent.slice(1) }).toString();
  const sandbox = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads";
  panel = element("iframe", { title: say.title, src: address.href, sandbox, referrerpolicy: "no-referrer" });
  panel.addEventListener("load", () => {
    loaded = true;
    tell(isOpen() ? "opened" : "hello");
  });
  dialog = element("div", { class: "dialog", role: "dialog", "aria-label": say.title, hidden: "" }, panel);
  last.before(dialog);
}

function tell(word) {
  if (loaded) panel.contentWindow.postMessage({ helpdesk: word }, origin);
}

const isOpen = () => launcher.getAttribute("aria-expanded") === "true";
const small = matchMedia("(max-width: 480px)");

function toggle(open) {
  if (open && !panel) build();
  if (!panel || open === isOpen()) return;
  dialog.hidden = first.hidden = last.hidden = !open;
  dialog.setAttribute("aria-modal", String(open && small.matches));
  launcher.setAttribute("aria-expanded", String(open));
  label.textContent = open ? say.close : name;
  tell(open ? "opened" : "closed");
  fit();
  if (open) {
    unread(0);
    panel.focus();
  } else launcher.focus();
}

/* Tab stays between the launcher and the frame while it is open. */
first.addEventListener("focus", () => {
  panel.focus();
  tell("last");
});
last.addEventListener("focus", () => {
  if (!small.matches) return launcher.focus();
  panel.focus();
  tell("first");
});

/* A phone's keyboard takes part of the screen; what is left is the dialog's. */
function fit() {
  const view = window.visualViewport;
  const shrunk = view && small.matches && isOpen() && window.innerHeight - view.height > 80;
  keyboard.replaceSync(shrunk ? `.dialog { top: ${view.offsetTop}px; bottom: auto; height: ${view.height}px; }` : "");
}
for (const event of ["resize", "scroll"]) window.visualViewport?.addEventListener(event, fit);

function unread(number) {
  count.hidden = !number;
  count.textContent = number > 9 ? "9+" : String(number);
  said.textContent = number ? say.unread.replace("%s", number) : "";
}

function remember(open) {
  try {
    if (open) localStorage.setItem(MARK, "1");
    else localStorage.removeItem(MARK);
  } catch {
    /* without storage nothing is fetched before the first click */
  }
}

function remembered() {
  try {
    return localStorage.getItem(MARK) === "1";
  } catch {
    return false;
  }
}

launcher.addEventListener("click", () => toggle(!isOpen()));
root.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) toggle(false);
});
window.addEventListener("message", (event) => {
  if (!panel || event.source !== panel.contentWindow || event.origin !== origin) return;
  const { helpdesk, count: number } = event.data || {};
  if (helpdesk === "close") toggle(false);
  if (helpdesk === "unread" && !isOpen()) unread(Math.max(0, Math.floor(Number(number))) || 0);
  if (helpdesk === "conversation" || helpdesk === "none") remember(helpdesk === "conversation");
});

/* Who comes back to an open conversation hears of an answer without opening the window. */
function place() {
  document.body.append(host);
  if (remembered()) setTimeout(() => panel || build(), 1000);
}
if (document.body) place();
else document.addEventListener("DOMContentLoaded", place);
