/* Body of /chat/widget.js; the view wraps it as function (texts, frame) { … }.
   It runs on other people's pages: no inline style, nothing global, everything inside a shadow root. */
"use strict";

const script = document.currentScript;
if (!script || !script.src) return;
const origin = new URL(script.src).origin;
const language = texts[script.dataset.lang] ? script.dataset.lang : Object.keys(texts)[0];
const say = texts[language];
const theme = ["light", "dark"].includes(script.dataset.theme) ? script.dataset.theme : "auto";
const left = script.dataset.side === "left";

const css = `
:host { all: initial; }
.launcher, .panel { position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-${left ? "start" : "end"}: 20px; }
.launcher { display: flex; align-items: center; gap: 8px; min-height: 48px; padding: 0 20px; border: 0; border-radius: 24px;
  background: #24478f; color: #fff; font: 600 16px/1 -apple-system, "PingFang SC", "Noto Sans SC", "Microsoft YaHei", sans-serif;
  cursor: pointer; box-shadow: 0 2px 12px rgb(0 0 0 / .25); }
.launcher:hover { background: #1b3873; }
.launcher:focus-visible { outline: 3px solid #fff; outline-offset: -6px; }
.launcher svg { width: 20px; height: 20px; }
.count { min-width: 20px; padding: 3px 6px; border-radius: 10px; background: #fff; color: #8f1d1d; font-size: 14px; }
[hidden] { display: none !important; }
.panel { inset-block-end: 80px; width: min(380px, calc(100vw - 40px)); height: min(620px, calc(100vh - 100px));
  border: 0; border-radius: 12px; background: Canvas; box-shadow: 0 8px 32px rgb(0 0 0 / .3); color-scheme: ${theme === "auto" ? "light dark" : theme}; }
@media (max-width: 480px) { .panel.open { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; z-index: 2147483001; } }
@media print { .launcher, .panel { display: none; } }
`;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function icon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("fill", "currentColor");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M10 2c4.4 0 8 3 8 7s-3.6 7-8 7c-.8 0-1.6-.1-2.4-.3L4 18v-3.7C2.700 13 2 11.1 2 9c0-4 3.6-7 8-7Z");
  svg.append(path);
  return svg;
}

const host = element("div", { lang: say.tag });
const root = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
root.adoptedStyleSheets = [sheet];
const label = element("span", {}, say.open);
const count = element("span", { class: "count", hidden: "" });
const launcher = element("button", { type: "button", class: "launcher", "aria-expanded": "false" }, icon(), label, count);
root.append(launcher);
let panel = null;
let loaded = false;

function build() {
  const address = new URL(frame, origin);
  address.search = new URLSearchParams({ lang: language, theme }).toString();
  panel = element("iframe", { class: "panel", title: say.title, src: address.href });
  panel.addEventListener("load", () => {
    loaded = true;
    tell({ helpdesk: "opened" });
  });
  root.append(panel);
}

function tell(message) {
  if (loaded) panel.contentWindow.postMessage(message, origin);
}

function toggle(open) {
  if (open && !panel) build();
  if (!panel) return;
  panel.hidden = !open;
  panel.classList.toggle("open", open);
  launcher.setAttribute("aria-expanded", String(open));
  label.textContent = open ? say.close : say.open;
  tell({ helpdesk: open ? "opened" : "closed" });
  if (open) {
    unread(0);
    panel.focus();
  } else launcher.focus();
}

function unread(number) {
  count.hidden = !number;
  count.textContent = number > 9 ? "9+" : String(number);
  if (number) count.setAttribute("aria-label", say.unread.replace("%s", number));
}

const isOpen = () => launcher.getAttribute("aria-expanded") === "true";
launcher.addEventListener("click", () => toggle(!isOpen()));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) toggle(false);
});
window.addEventListener("message", (event) => {
  if (!panel || event.source !== panel.contentWindow || event.origin !== origin) return;
  if (event.data.helpdesk === "close") toggle(false);
  if (event.data.helpdesk === "unread" && !isOpen()) unread(Number(event.data.count) || 0);
});

const place = () => document.body.append(host);
if (document.body) place();
else document.addEventListener("DOMContentLoaded", place);
