/* The chat protocol in the browser (docs/chat-protocol.md), shared by the visitor's page, the widget's
   frame and the desk. It knows no page: rooms hold messages in order, a link keeps the socket. */
"use strict";

window.HelpdeskChat = (() => {
  const ACK_TIMEOUT = 8000; // then a message reads "not sent"; it is still retried
  const SILENCE = 60000; // a socket this quiet is dead: the server answers every ping
  const HEARTBEAT = 25000;
  const PATIENCE = 1500;
  const LONGEST_WAIT = 8000;
  const PASSING = ["too_fast", "unavailable"]; // refusals that a later try cures

  /* localStorage, or memory where the browser refuses it (private windows, blocked frames). */
  const memory = new Map();
  const store = {
    get(key) {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return memory.get(key) ?? null;
      }
    },
    set(key, value) {
      memory.set(key, value);
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        /* kept in memory for as long as the page is open */
      }
    },
    remove(key) {
      memory.delete(key);
      try {
        localStorage.removeItem(key);
      } catch {
        /* nothing was stored */
      }
    },
    /* Whether what is set is still there when the page comes back. */
    lasts() {
      try {
        localStorage.setItem("chat.lasts", "1");
        localStorage.removeItem("chat.lasts");
        return true;
      } catch {
        return false;
      }
    },
    keys(prefix) {
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
      } catch {
        return [...memory.keys()].filter((key) => key.startsWith(prefix));
      }
    },
  };

  /* Version 7, which begins with the time: what is stored together stands together in the index. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const now = Date.now();
    for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) % 256;
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  class HttpError extends Error {
    constructor(status, code) {
      super(code || String(status));
      this.status = status;
      this.code = code || "";
    }
  }

  /* A JSON request; a refusal throws HttpError with the server's code, no network a TypeError. */
  async function request(url, { method = "GET", headers = {}, body } = {}) {
    const answer = await fetch(url, {
      method,
      headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}), ...headers },
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout ? AbortSignal.timeout(15000) : undefined,
    });
    const type = answer.headers.get("Content-Type") || "";
    const data = type.includes("json") ? await answer.json() : null;
    if (!answer.ok) throw new HttpError(answer.status, data && data.error && data.error.code);
    return data;
  }

  /* One conversation: its messages in the order of seq, and what has not been acknowledged yet.
     Events: message(detail = message), outbox (the pending items changed). */
  class Room extends EventTarget {
    constructor({ id, scope, last = 0, url, headers = {} }) {
      super();
      this.id = id;
      this.scope = scope; // whose browser storage: unsent texts never change their author
      this.last = last;
      this.url = url;
      this.headers = headers;
      this.address = {}; // what frames of a socket with several rooms carry
      this.held = new Map();
      this.again = 0;
      this.link = null;
      this.outbox = store
        .keys(this.key(""))
        .map((key) => store.get(key))
        .filter((item) => item && item.client_id && typeof item.text === "string")
        .sort((a, b) => a.at - b.at);
    }

    key(client_id) {
      return `chat.outbox.${this.scope}.${this.id}.${client_id}`;
    }

    /* A message from anywhere, in any order, any number of times. */
    offer(message) {
      if (message.seq <= this.last) return;
      this.held.set(message.seq, message);
      while (this.held.has(this.last + 1)) {
        const next = this.held.get(this.last + 1);
        this.held.delete(next.seq);
        this.last = next.seq;
        if (next.client_id) this.settle(next.client_id);
        this.dispatchEvent(new CustomEvent("message", { detail: next }));
      }
      if (this.held.size) this.pull();
    }

    /* Fetch what is missing; several wishes at once become one more round. */
    pull() {
      this.wanted = true;
      if (!this.pulling) {
        this.pulling = this.pullAll().finally(() => {
          this.pulling = null;
        });
      }
      return this.pulling;
    }

    async pullAll() {
      while (this.wanted) {
        this.wanted = false;
        const answer = await request(`${this.url}?after=${this.last}`, { headers: this.headers });
        const before = this.last;
        for (const message of answer.messages) this.offer(message);
        if (answer.more && this.last > before) this.wanted = true;
        this.dispatchEvent(new CustomEvent("fetched", { detail: answer }));
      }
    }

    /* The text is stored before anything is sent, so that no crash can lose it. */
    send(text, files = []) {
      const item = { client_id: uuid(), text, at: Date.now(), ...(files.length ? { files } : {}) };
      store.set(this.key(item.client_id), item);
      const waits = this.outbox.some((one) => one.state === "failed" && !one.refused);
      this.outbox.push(item);
      if (waits) this.flush(); // not before what was said earlier
      else this.transmit(item);
    }

    retry(client_id) {
      const item = this.outbox.find((one) => one.client_id === client_id);
      if (item) this.transmit(item);
    }

    /* Everything again, in order; the server knows a client_id that it has seen. */
    flush() {
      for (const item of this.outbox) if (!item.refused) this.transmit(item);
    }

    transmit(item) {
      item.state = "sending";
      item.refused = "";
      clearTimeout(item.timer);
      item.timer = setTimeout(() => this.mark(item, "failed"), ACK_TIMEOUT);
      if (this.link && this.link.state === "live") {
        this.link.send({ type: "send", ...this.address, ...this.body(item) });
      } else if (this.link && this.link.state === "polling") {
        this.posting = (this.posting || Promise.resolve()).then(() => this.post(item));
      }
      this.changed();
    }

    body({ client_id, text, files }) {
      return { client_id, text, ...(files ? { attachments: files.map(({ id }) => id) } : {}) };
    }

    beside(name) {
      return this.url.replace(/messages$/, name);
    }

    /* Keep a file on the server; its id goes with a message. */
    async upload(file) {
      const form = new FormData();
      form.append("file", file);
      const init = { method: "POST", headers: { Accept: "application/json", ...this.headers }, body: form };
      const answer = await fetch(this.beside("files"), { ...init, credentials: "same-origin" });
      const data = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : null;
      if (!answer.ok) throw new HttpError(answer.status, data && data.error && data.error.code);
      return data;
    }

    /* A file as a local address: what is ours only by a token cannot be a plain link. */
    async download(id) {
      const answer = await fetch(this.beside(`files/${id}`), { headers: this.headers, credentials: "same-origin" });
      if (!answer.ok) throw new HttpError(answer.status);
      return URL.createObjectURL(await answer.blob());
    }

    /* Correct an own message: over HTTP, since it asks for an answer of its own. */
    async edit(seq, text) {
      this.offer(await request(this.beside("edit"), { method: "POST", headers: this.headers, body: { seq, text } }));
    }

    /* Everything up to seq has been seen; nothing where there is no way to say it now. */
    async seen(seq) {
      const way = this.link && this.link.state;
      if (way === "live") this.link.send({ type: "read", ...this.address, seq });
      else if (way === "polling") await request(this.beside("read"), { method: "POST", headers: this.headers, body: { seq } });
      else throw new Error("no connection");
    }

    /* One after the other: what waits behind one that failed waits for the next round, and overtakes nothing. */
    async post(item) {
      if (!this.outbox.includes(item) || item.state !== "sending") return;
      try {
        this.offer(await request(this.url, { method: "POST", headers: this.headers, body: this.body(item) }));
        this.settle(item.client_id);
      } catch (error) {
        const refused = error.status >= 400 && error.status < 500;
        if (refused) this.refuse(item.client_id, error.code);
        else this.mark(item, "failed");
        if (refused && !PASSING.includes(error.code)) return;
        for (const later of this.outbox) if (later.state === "sending") this.mark(later, "failed");
      }
    }

    /* Committed: nothing of it can be lost any more, so the stored copy goes. */
    acked(frame) {
      store.remove(this.key(frame.client_id));
      const item = this.outbox.find((one) => one.client_id === frame.client_id);
      if (!item) return;
      clearTimeout(item.timer);
      this.mark(item, "sent");
      if (frame.seq > this.last) setTimeout(() => frame.seq > this.last && this.pull().catch(() => {}), 1500);
      else this.settle(frame.client_id);
    }

    /* The server said no to this one: a passing reason is tried again, else the person decides. */
    refuse(client_id, code) {
      const item = this.outbox.find((one) => one.client_id === client_id);
      if (!item) return;
      this.mark(item, "failed");
      if (PASSING.includes(code)) this.later();
      else item.refused = code || "bad_field";
      this.changed();
    }

    /* Once for all that were refused meanwhile, in their order. */
    later() {
      this.again = this.again || setTimeout(() => {
        this.again = 0;
        this.flush();
      }, 3000 + 3000 * Math.random());
    }

    settle(client_id) {
      store.remove(this.key(client_id));
      const item = this.outbox.find((one) => one.client_id === client_id);
      if (!item) return;
      clearTimeout(item.timer);
      this.outbox = this.outbox.filter((one) => one !== item);
      this.changed();
    }

    /* Take an unsent message back, for the composer. */
    withdraw(client_id) {
      const item = this.outbox.find((one) => one.client_id === client_id);
      this.settle(client_id);
      return item || { text: "" };
    }

    mark(item, state) {
      item.state = state;
      clearTimeout(item.timer);
      this.changed();
    }

    changed() {
      this.dispatchEvent(new Event("outbox"));
    }
  }

  /* The socket with its heartbeat and its jittered return; while sockets do not work, polling.
     States: connecting, live, polling, offline, refused. Events: state, frame(detail). */
  class Link extends EventTarget {
    constructor({ url, hello, poll }) {
      super();
      Object.assign(this, { url, hello, poll, state: "connecting", failures: 0, stopped: false });
      const nudge = () => {
        if (!document.hidden && this.state !== "live") this.now();
      };
      window.addEventListener("online", nudge);
      window.addEventListener("focus", nudge);
      document.addEventListener("visibilitychange", nudge);
      window.addEventListener("offline", () => this.socket && this.socket.close());
    }

    start() {
      this.connect();
      this.started = Date.now();
      setTimeout(() => this.dispatchEvent(new Event("late")), PATIENCE);
    }

    /* A connection that comes at once is not worth a word. */
    late() {
      return this.state !== "connecting" || this.failures > 0 || Date.now() - this.started >= PATIENCE;
    }

    stop(state) {
      this.stopped = true;
      clearTimeout(this.again);
      clearTimeout(this.polling);
      clearTimeout(this.beat);
      if (this.socket) this.socket.close();
      this.become(state || "refused");
    }

    become(state) {
      if (this.state === state) return;
      this.state = state;
      this.dispatchEvent(new Event("state"));
    }

    now() {
      if (this.stopped || (this.socket && this.socket.readyState < WebSocket.CLOSING)) return;
      clearTimeout(this.again);
      this.connect();
    }

    connect() {
      const address = new URL(this.url, location.href);
      address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      let socket;
      try {
        socket = new WebSocket(address);
      } catch {
        return this.lost();
      }
      this.socket = socket;
      const late = setTimeout(() => socket.close(), 8000);
      socket.onopen = () => socket.send(JSON.stringify(this.hello()));
      socket.onmessage = ({ data }) => {
        this.heard = Date.now();
        const frame = JSON.parse(data);
        if (frame.type === "ping") return this.send({ type: "pong", ...("n" in frame ? { n: frame.n } : {}) });
        if (frame.type === "welcome" && this.state !== "live") {
          clearTimeout(late);
          this.welcomed();
        }
        this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
      };
      socket.onclose = ({ code }) => {
        clearTimeout(late);
        if (this.socket !== socket || this.stopped) return;
        if (code === 4401 || code === 4403 || code === 4404) this.stop("refused");
        else this.lost();
      };
    }

    welcomed() {
      this.failures = 0;
      clearTimeout(this.polling);
      this.polling = null;
      this.become("live");
      this.heartbeat();
    }

    heartbeat() {
      clearTimeout(this.beat);
      this.beat = setTimeout(() => {
        if (this.state !== "live") return;
        if (Date.now() - this.heard > SILENCE) this.socket.close();
        else this.send({ type: "ping" });
        this.heartbeat();
      }, HEARTBEAT * (0.8 + 0.4 * Math.random()));
    }

    lost() {
      this.failures += 1;
      clearTimeout(this.beat);
      if (this.state === "live") this.become("connecting");
      const longest = Math.min(LONGEST_WAIT, 400 * 2 ** Math.min(this.failures, 6));
      clearTimeout(this.again);
      this.again = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
      if (this.failures >= 2 && !this.polling) this.startPolling();
    }

    /* Sockets are blocked, or the server is away: ask over HTTP until a socket opens. */
    startPolling() {
      let wait = 1500;
      const run = (this.run = {}); // a later run replaces this one
      const once = async () => {
        const before = this.state;
        try {
          const news = await this.poll();
          if (this.run !== run || this.state === "live" || this.stopped) return;
          wait = news ? 1500 : Math.min(wait * 1.3, 10000);
          this.become("polling");
        } catch (error) {
          if (this.run !== run || this.state === "live" || this.stopped) return;
          if (error.status === 404 || error.status === 401) return void this.stop("refused");
          wait = Math.min(wait * 1.5, 10000);
          this.become("offline");
        }
        if (before !== this.state) wait = 1500;
        this.polling = setTimeout(once, wait * (0.8 + 0.4 * Math.random()));
      };
      this.polling = setTimeout(once, 0);
    }

    send(frame) {
      if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
    }
  }

  return { Room, Link, store, uuid, request };
})();
