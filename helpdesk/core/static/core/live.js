// Staff pages: elements [data-live="ticket …"] refetch themselves (hx-trigger="live") when the hints socket
// says that a row of that kind changed, and after every (re)connect, because hints may be missed.
"use strict";
(() => {
  document.querySelector(".rail-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (!document.querySelector("[data-live]")) return;
  const lost = document.querySelector("[data-link-lost]");
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const due = new Set();
  let attempt = 0;
  let timer = 0;
  let waits = 0;

  // Signed out in the middle (core/_error_toast.html): said once, and nothing asks by itself until somebody
  // who is signed in again comes back to the page.
  const signedOut = () => document.querySelector("#toasts [data-signed-out]");
  const byItself = ({ verb, triggeringEvent }) =>
    verb === "get" && !["click", "submit", "change", "input", "toggle"].includes(triggeringEvent?.type);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (signedOut() && byItself(event.detail.requestConfig)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status === 401 && detail.requestConfig.verb === "get" && signedOut()) detail.shouldSwap = false;
  });

  // What somebody is writing is not fetched away; the next hint brings the rest.
  const isWritten = (element) => [...element.querySelectorAll("textarea")].some((one) => one.value !== one.defaultValue);
  const refetch = () => {
    timer = 0;
    const all = due.has("*");
    for (const element of document.querySelectorAll("[data-live]")) {
      const kinds = element.dataset.live.split(/\s+/);
      if ((all || kinds.some((kind) => due.has(kind))) && !isWritten(element)) window.htmx?.trigger(element, "live");
    }
    due.clear();
  };
  // Several hints within a moment cost one fetch.
  const mark = (kind) => {
    due.add(kind);
    timer ||= setTimeout(refetch, 150);
  };

  // Who else is where: elements [data-presence="ticket:12"] are told; [data-here] is the page's own place.
  const others = new Map(); // place → person → [name, when last heard]
  let told = "";
  let open = null;
  const show = () => {
    for (const element of document.querySelectorAll("[data-presence]")) {
      const people = [...(others.get(element.dataset.presence)?.values() ?? [])];
      const names = people.filter(([, at]) => Date.now() - at < 60000).map(([name]) => name);
      const text = names.length ? element.dataset.words.replace("0", new Intl.ListFormat(document.documentElement.lang).format(names)) : "";
      if (element.textContent !== text) element.textContent = text;
      element.hidden = !names.length;
    }
  };
  const watch = (again) => {
    const at = [...document.querySelectorAll("[data-presence]")].map((one) => one.dataset.presence);
    const here = document.querySelector("[data-here]")?.dataset.presence ?? "";
    const frame = JSON.stringify({ type: "watch", at: [...new Set(at)].slice(0, 59), here });
    if ((at.length || told) && (again || frame !== told) && open?.readyState === WebSocket.OPEN) open.send((told = frame));
    show();
  };
  const meet = (event) => {
    const there = others.get(event.at) ?? new Map();
    event.type === "here" ? there.set(event.who, [event.name, Date.now()]) : there.delete(event.who);
    others.set(event.at, there);
    show();
  };
  document.addEventListener("htmx:afterSwap", () => watch(false));
  document.addEventListener("queue:changed", () => watch(false));

  const connect = () => {
    let socket;
    try {
      socket = new WebSocket(`${scheme}://${location.host}/ws/hints/`);
    } catch {
      again(); // sockets are blocked here: the page stays as it is, and says so
      return;
    }
    // A sign of life: the server closes a socket that it has not heard from for a minute.
    const beat = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send('{"type":"ping"}');
      if (told) watch(true);
    }, 25000);
    socket.onopen = () => {
      attempt = 0;
      if (lost) lost.hidden = true;
      document.documentElement.dataset.link = "up";
      open = socket;
      watch(true);
      if (!signedOut()) return mark("*");
      // Whoever is still signed out is shown the door at once.
      setTimeout(() => {
        if (socket.readyState !== WebSocket.OPEN) return;
        signedOut()?.remove();
        mark("*");
      }, 1000);
    };
    socket.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.type === "ping") socket.send(JSON.stringify({ type: "pong", n: event.n }));
      else if (event.type === "changed") mark(event.kind);
      else if (event.type === "here" || event.type === "gone") meet(event);
      else if (event.type === "resync") mark("*");
    };
    socket.onclose = ({ code }) => {
      clearInterval(beat);
      if (code === 4401 || code === 4403) mark("*"); // the answer says whether one is signed out
      again();
    };
  };

  const again = () => {
    document.documentElement.dataset.link = "down";
    attempt += 1;
    if (lost && attempt > 1) lost.hidden = Boolean(signedOut());
    waits = setTimeout(retry, Math.min(30000, 500 * 2 ** attempt) * (0.5 + Math.random() / 2));
  };
  const retry = () => {
    waits = 0;
    if (!signedOut()) connect();
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && signedOut() && open?.readyState !== WebSocket.OPEN && !waits) connect();
  });
  connect();
})();
