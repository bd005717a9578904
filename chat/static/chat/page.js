/* One conversation on the screen: log, unsent messages, composer, typing, read marks. Texts of people
   reach the page through textContent only. */
"use strict";

window.HelpdeskChat.View = (() => {
  const { store } = window.HelpdeskChat;
  const TYPING_EVERY = 3000;
  const EDITABLE = 55000; // the server allows a minute
  const clocks = new Map();

  function clock(zone) {
    if (!clocks.has(zone)) {
      const parts = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
      clocks.set(zone, new Intl.DateTimeFormat("en", { ...parts, timeZone: zone }));
    }
    return clocks.get(zone);
  }

  function readable(at, zone) {
    const part = Object.fromEntries(
      clock(zone).formatToParts(new Date(at)).map(({ type, value }) => [type, value]),
    );
    return `${part.month}-${part.day} ${part.hour}:${part.minute}`;
  }

  function clone(name) {
    return document.querySelector(`template[data-template="${name}"]`).content.firstElementChild.cloneNode(true);
  }

  function fill(text, values) {
    return text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
  }

  const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g; // as in templatetags/chat.py

  /* What somebody wrote: addresses of this site become links, those of other sites stay text. */
  function write(place, text) {
    let from = 0;
    place.textContent = "";
    for (const { 0: found, index } of text.matchAll(ADDRESS)) {
      const address = found.replace(/[.,;:!?'()[\]]+$/, "");
      if (address.split("/")[2] !== location.host) continue;
      const link = document.createElement("a");
      Object.assign(link, { href: address, textContent: address, target: "_blank", rel: "noopener" });
      place.append(text.slice(from, index), link);
      from = index + address.length;
    }
    place.append(text.slice(from));
  }

  /* Enter sends, Shift+Enter breaks the line, and an input method keeps its own Enter. */
  function sendsOnEnter(event) {
    return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
  }

  class View {
    /* room: HelpdeskChat.Room; mine: author kind of this side; texts: translated strings. */
    constructor({ element, room, texts, mine, send, seen, beforeSend, writes = true, refusesFiles = () => false }) {
      Object.assign(this, { element, room, texts, mine, send, beforeSend, writes, refusesFiles, peerRead: 0 });
      this.seen = seen || ((seq) => room.seen(seq));
      const one = (selector) => element.querySelector(selector);
      this.log = one("#chat-log");
      this.pending = one("#chat-outbox");
      this.scroller = one("#chat-scroll");
      this.form = one("#chat-compose");
      this.text = one("#chat-text");
      this.typing = one("#chat-typing");
      this.listening = new AbortController(); // ends with this view; rooms outlive it
      const options = { signal: this.listening.signal };
      room.addEventListener("message", ({ detail }) => this.add(detail), options);
      room.addEventListener("outbox", () => this.showOutbox(), options);
      room.addEventListener("fetched", () => this.read(), options); // it may be the first that gets through
      document.addEventListener("visibilitychange", () => this.read(), options);
      window.addEventListener("focus", () => this.read(), options);
      this.scroller.addEventListener("scroll", () => {
        this.stuck = this.atEnd();
        this.read();
      }, options);
      // Quick replies, a form or the keyboard of a phone take room: whoever was at the end stays there.
      this.stuck = true;
      this.resized = new ResizeObserver(() => this.stuck && this.toEnd());
      this.resized.observe(this.scroller);
      this.files = window.HelpdeskChat.Files ? new window.HelpdeskChat.Files(this, options) : null;
      this.corrections(options);
      this.holding(options);
      this.compose(options);
      this.showOutbox();
      this.toEnd();
    }

    close() {
      this.listening.abort();
      this.resized.disconnect();
      clearTimeout(this.quiet);
    }

    compose(options) {
      const draft = (this.draft = `chat.draft.${this.room.scope}.${this.room.id}`);
      const kept = store.get(draft);
      if (kept && !this.text.value) this.text.value = kept;
      if (this.files) this.files.restore();
      this.text.addEventListener("input", () => {
        if (!this.corrects) store.set(draft, this.text.value);
        if (this.sendsLater) this.release(); // what is sent by itself is what was in the box when it was sent
        this.fit();
        if (this.text.value && Date.now() - (this.told || 0) > TYPING_EVERY) {
          this.told = Date.now();
          this.send({ type: "typing", on: true });
        }
      }, options);
      this.text.addEventListener("keydown", (event) => {
        if (!sendsOnEnter(event)) return;
        event.preventDefault();
        this.form.requestSubmit();
      }, options);
      this.form.addEventListener("submit", (event) => {
        if (this.beforeSend && !this.beforeSend(event)) return;
        event.preventDefault();
        const text = this.text.value.trim();
        if (this.corrects) return void this.correct(text);
        if (this.heldBy()) return this.hold();
        const files = this.files ? this.files.take() : [];
        if (!text && !files.length) return;
        this.room.send(text, files);
        this.text.value = "";
        store.remove(draft);
        this.told = 0;
        this.fit();
        this.text.focus();
        this.toEnd();
      }, options);
      this.fit();
    }

    /* --- Correcting an own message of the last minute: a button on it, or ↑ in an empty box ------------ */
    corrections(options) {
      this.correcting = this.form.querySelector("[data-correcting]");
      this.corrects = 0;
      if (!this.correcting) return;
      this.log.addEventListener("click", (event) => {
        const button = event.target.closest("[data-edit]");
        if (button) this.startCorrecting(button.closest("[data-seq]"));
      }, options);
      this.correcting.querySelector("button").addEventListener("click", () => this.stopCorrecting(), options);
      this.text.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && this.corrects && !event.isComposing) {
          event.stopPropagation();
          this.stopCorrecting();
        }
        if (event.key !== "ArrowUp" || event.altKey || this.text.value || this.corrects || !this.writes) return;
        const last = [...this.log.querySelectorAll("[data-mine]")].pop();
        if (!last || !this.young(last)) return;
        event.preventDefault();
        this.startCorrecting(last);
      }, options);
      for (const line of this.log.querySelectorAll("[data-mine]")) this.mayEdit(line);
    }

    young(line) {
      return Date.now() - new Date(line.querySelector(".chat-at").dateTime) < EDITABLE;
    }

    mayEdit(line) {
      if (!this.correcting || !this.writes || !this.young(line) || line.querySelector("[data-edit]")) return;
      if (!line.querySelector(".chat-text").textContent) return; // nothing but a file
      const button = clone("edit");
      line.querySelector(".chat-meta").append(" ", button);
      setTimeout(() => button.remove(), EDITABLE - (Date.now() - new Date(line.querySelector(".chat-at").dateTime)));
    }

    /* Whether anything can be said here now. What was being corrected when that ended is kept with the draft. */
    setWrites(writes) {
      if (this.writes === writes) return;
      this.writes = writes;
      for (const button of this.log.querySelectorAll("[data-edit]")) button.remove();
      if (writes) for (const line of this.log.querySelectorAll("[data-mine]")) this.mayEdit(line);
      else if (this.corrects) {
        this.kept = [this.kept, this.text.value].filter(Boolean).join("\n");
        this.stopCorrecting();
      }
    }

    startCorrecting(line) {
      if (!this.corrects) this.kept = this.text.value;
      this.corrects = Number(line.dataset.seq);
      this.correcting.hidden = false;
      this.correcting.querySelector("[role=status]").textContent = "";
      this.text.value = line.querySelector(".chat-text").textContent;
      this.fit();
      this.text.focus();
    }

    stopCorrecting() {
      this.corrects = 0;
      this.correcting.hidden = true;
      this.text.value = this.kept;
      this.text.dispatchEvent(new Event("input"));
      this.text.focus();
    }

    async correct(text) {
      if (!text) return;
      try {
        await this.room.edit(this.corrects, text);
        this.stopCorrecting();
      } catch (error) {
        const said = this.texts.errors[error.code] || this.texts.offline;
        this.correcting.querySelector("[role=status]").textContent = said;
      }
    }

    /* Both sides read the text of the newest edit, and that it is one. */
    applyEdit({ seq, text }) {
      const line = this.log.querySelector(`[data-seq="${Number(seq)}"]`);
      if (!line || !line.matches(".chat-message")) return;
      write(line.querySelector(".chat-text"), text);
      line.querySelector(".chat-text").hidden = false;
      if (!line.querySelector(".chat-edited")) line.querySelector(".chat-meta").append(" ", clone("edited"));
    }

    /* --- Files that keep a message back: they are not there, or may not go along ------------------------- */
    holding(options) {
      this.held = this.form.querySelector("[data-held]");
      this.held.querySelector("button").addEventListener("click", () => {
        this.files.leaveOut((one, at) => at >= this.texts.most_files || !one.kept || this.refusesFiles());
        this.release();
        this.form.requestSubmit();
      }, options);
    }

    /* Why, in words; "" if nothing does. */
    heldBy() {
      const chosen = this.files ? this.files.chosen : [];
      const failed = chosen.filter((one) => one.failed).map(({ file }) => file.name);
      if (chosen.length && this.refusesFiles()) return this.texts.held_note;
      const many = { most: this.texts.most_files, count: chosen.length }; // some came back with a message
      if (many.count > many.most) return fill(this.texts.held_many, many);
      if (failed.length) return fill(this.texts.held_failed, { names: failed.join(", ") });
      return chosen.some((one) => !one.kept) ? this.texts.held_uploading : "";
    }

    hold() {
      const why = this.heldBy();
      this.sendsLater = why === this.texts.held_uploading;
      this.tellHeld(why);
      if (!this.sendsLater) this.held.focus();
    }

    release() {
      this.sendsLater = false;
      this.tellHeld("");
    }

    tellHeld(why) {
      this.held.querySelector("span").textContent = why;
      this.held.hidden = !why;
    }

    /* A file came, arrived, failed or went, or the mode is another. */
    filesChanged() {
      if (this.listening.signal.aborted) return;
      const why = this.heldBy();
      if (this.sendsLater && !why) {
        this.release();
        this.form.requestSubmit();
      } else if (!this.held.hidden || why === this.texts.held_note) this.tellHeld(why);
    }

    fit() {
      this.text.rows = Math.min(8, Math.max(2, this.text.value.split("\n").length));
    }

    insert(text) {
      this.text.value = [this.text.value.trimEnd(), text].filter(Boolean).join("\n");
      this.text.dispatchEvent(new Event("input"));
      this.text.focus();
    }

    /* What was not sent, with its files; a correction that was begun is not mixed with it. */
    takeBack({ text, files = [] }) {
      if (this.corrects) this.stopCorrecting();
      if (this.files) this.files.putBack(files);
      this.insert(text);
    }

    add(message) {
      const stick = this.atEnd();
      const line = clone(message.kind === "event" ? "event" : "message");
      line.dataset.seq = message.seq;
      const time = line.querySelector(".chat-at");
      time.dateTime = message.at;
      time.textContent = readable(message.at, this.texts.zone);
      if (message.kind === "event") {
        line.querySelector(".chat-text").textContent = this.event(message);
        if (message.text === "edited") {
          line.hidden = true;
          this.applyEdit(message.data);
        }
      } else {
        line.dataset.author = message.author;
        line.querySelector(".chat-who").textContent = this.who(message);
        write(line.querySelector(".chat-text"), message.text);
        line.querySelector(".chat-text").hidden = !message.text;
        for (const file of message.attachments || []) line.append(this.file(file));
        for (const source of message.data?.sources || []) line.append(this.source(source));
        if (message.author === this.mine) {
          line.dataset.mine = "";
          this.mayEdit(line);
        } else this.showTyping(false);
      }
      this.log.append(line);
      this.showRead();
      if (stick || message.author === this.mine) this.toEnd();
      this.read();
    }

    /* An article of ours; nothing else may be led to from a message. */
    source({ title, url }) {
      const line = clone("source");
      const link = line.querySelector("a");
      link.textContent = title;
      if (/^\/[^/\\]/.test(url)) link.setAttribute("href", url);
      return line;
    }

    file({ id, name, size }) {
      const line = clone("file");
      const link = line.querySelector("a");
      link.textContent = name;
      link.href = this.room.beside(`files/${id}`);
      link.dataset.file = id;
      line.querySelector("span").textContent = size < 1024 ? `${size} B` : size < 1048576 ? `${Math.round(size / 1024)} KB` : `${(size / 1048576).toFixed(1)} MB`;
      return line;
    }

    event(message) {
      const data = message.data || {};
      const key = data.team ? `${message.text}_team` : message.text;
      return fill(this.texts.events[key] || message.text, data);
    }

    who(message) {
      return message.name || this.texts.authors[message.author] || "";
    }

    showOutbox() {
      const stick = this.atEnd();
      this.pending.replaceChildren(...this.room.outbox.map((item) => this.unsent(item)));
      if (stick) this.toEnd();
    }

    unsent(item) {
      const line = clone("pending");
      line.dataset.pending = item.state || "sending";
      line.querySelector(".chat-text").textContent = [item.text, ...(item.files || []).map(({ name }) => name)].filter(Boolean).join("\n");
      const status = line.querySelector(".chat-status");
      status.textContent = this.texts[item.state === "failed" ? "failed" : item.state === "sent" ? "sent" : "sending"];
      if (item.refused) status.textContent += ` · ${this.texts.errors[item.refused] || this.texts.errors.bad_field}`;
      line.querySelector(".chat-unsent").hidden = item.state !== "failed";
      line.querySelector("[data-retry]").addEventListener("click", () => this.room.retry(item.client_id));
      line.querySelector("[data-withdraw]").addEventListener("click", () => this.takeBack(this.room.withdraw(item.client_id)));
      return line;
    }

    showTyping(on) {
      clearTimeout(this.quiet);
      const stick = this.atEnd();
      this.typing.hidden = !on;
      if (on) this.quiet = setTimeout(() => this.showTyping(false), TYPING_EVERY * 2);
      if (stick) this.toEnd();
    }

    /* The other side has read up to seq. */
    peerHasRead(seq) {
      if (seq <= this.peerRead) return;
      this.peerRead = seq;
      this.showRead();
    }

    showRead() {
      for (const old of this.log.querySelectorAll(".chat-read")) old.remove();
      const own = [...this.log.querySelectorAll("[data-mine]")].reverse();
      const seen = own.find((line) => Number(line.dataset.seq) <= this.peerRead);
      if (!seen) return;
      const mark = document.createElement("span");
      mark.className = "chat-read";
      mark.textContent = this.texts.read;
      seen.querySelector(".chat-meta").append(" ", mark);
    }

    /* Tell the server what has been seen: only what is really on a visible screen. */
    read() {
      const { last } = this.room;
      if (!this.reads() || !last || this.saidRead === last) return;
      this.saidRead = last;
      this.seen(last).catch(() => {
        if (this.saidRead === last) this.saidRead = 0; // said again at the next occasion
      });
    }

    reads() {
      return !document.hidden && document.hasFocus() && this.atEnd();
    }

    atEnd() {
      const { scrollHeight, scrollTop, clientHeight } = this.scroller;
      return scrollHeight - scrollTop - clientHeight < 80;
    }

    toEnd() {
      this.scroller.scrollTop = this.scroller.scrollHeight;
    }
  }

  Object.assign(View, { fill, readable, sendsOnEnter });
  return View;
})();
