// Staff pages: elements [data-live="ticket …"] refetch themselves (hx-trigger="live") when the hints socket
// says that a row of that kind changed, and after every (re)connect, because hints may be missed.
"use strict";
(() => {
  if (!document.querySelector("[data-live]")) return;
  const lost = document.querySelector("[data-link-lost]");
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const due = new Set();
  let attempt = 0;
  let timer = 0;

  const refetch = () => {
    timer = 0;
    const all = due.has("*");
    for (const element of document.querySelectorAll("[data-live]")) {
      const kinds = element.dataset.live.split(/\s+/);
      if (all || kinds.some((kind) => due.has(kind))) window.htmx?.trigger(element, "live");
    }
    due.clear();
  };
  // Several hints within a moment cost one fetch.
  const mark = (kind) => {
    due.add(kind);
    timer ||= setTimeout(refetch, 150);
  };

  const connect = () => {
    const socket = new WebSocket(`${scheme}://${location.host}/ws/hints/`);
    // A sign of life: the server closes a socket that it has not heard from for a minute.
    const beat = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('{"type":"ping"}'), 25000);
    socket.onopen = () => {
      attempt = 0;
      if (lost) lost.hidden = true;
      document.documentElement.dataset.link = "up";
      mark("*");
    };
    socket.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.type === "ping") socket.send(JSON.stringify({ type: "pong", n: event.n }));
      else if (event.type === "changed") mark(event.kind);
      else if (event.type === "resync") mark("*");
    };
    socket.onclose = () => {
      clearInterval(beat);
      document.documentElement.dataset.link = "down";
      attempt += 1;
      if (lost && attempt > 1) lost.hidden = false;
      setTimeout(connect, Math.min(30000, 500 * 2 ** attempt) * (0.5 + Math.random() / 2));
    };
  };
  connect();
})();
