/* The agents' workspace: one socket for all own conversations; the open one is a View. htmx swaps #desk
   when another conversation is opened; rooms, with what they have not sent yet, outlive that. */
"use strict";

(() => {
  const { Room, Link, View, store } = window.HelpdeskChat;
  const get = (id) => document.getElementById(id);
  const texts = JSON.parse(get("chat-texts").textContent);
  const rooms = new Map();
  const scope = get("desk").dataset.scope;
  const opened = new Date(get("desk").dataset.now); // older notes are in the page, and come again with the connection
  const heard = new Set();
  const plain = () => document.title.replace(/^(\(\d+\)|●) /, "");
  let desk, view, watching;

  const open = () => desk.dataset.conversation || "";
  const rowOf = (id) => document.querySelector(`.desk-rows [data-conversation="${CSS.escape(id)}"]`);
  const ownRow = (id) => document.querySelector(`#desk-own [data-conversation="${CSS.escape(id)}"]`);
  const ownRows = () => [...document.querySelectorAll("#desk-own [data-conversation]")];
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  function roomOf(id) {
    if (!rooms.has(id)) {
      const headers = { "X-CSRFToken": csrf() };
      const room = new Room({ id, scope, url: `/api/v1/conversations/${id}/messages`, headers });
      room.address = { conversation: id };
      room.link = link;
      room.addEventListener("fetched", ({ detail }) => fetched(detail));
      room.addEventListener("message", ({ detail }) => {
        if (detail.author !== "visitor") return;
        isHere(id);
        if (id === open()) suggestions.wish();
      });
      rooms.set(id, room);
    }
    return rooms.get(id);
  }

  /* --- The socket ---------------------------------------------------------------------------- */
  const link = new Link({
    url: "/ws/desk/",
    hello() {
      const after = Object.fromEntries(ownRows().map((row) => [row.dataset.conversation, Number(row.dataset.seq)]));
      if (open() && rooms.has(open())) after[open()] = roomOf(open()).last;
      return { type: "hello", protocol: 1, after };
    },
    async poll() {
      const id = open();
      const before = id && roomOf(id).last;
      await refreshLists();
      if (id) await roomOf(id).pull().catch((error) => notFound(id, error));
      for (const room of rooms.values()) room.flush();
      return id && roomOf(id).last > before;
    },
  });

  const frames = {
    welcome() {
      if (view) view.read();
      watch();
      for (const room of rooms.values()) room.flush();
      lists.wish();
    },
    message(frame) {
      const id = frame.conversation;
      const row = ownRow(id);
      if (frame.author === "visitor") isHere(id);
      if (id === open()) roomOf(id).offer(frame);
      if (!row) return;
      if (frame.seq <= Number(row.dataset.seq)) return;
      row.dataset.seq = frame.seq;
      if (frame.author === "visitor" && !(id === open() && view && view.reads())) unread(row, Number(row.dataset.unread || 0) + 1);
      if (frame.author === "visitor") news(row.querySelector(".desk-name").textContent, frame.text, id, id === open() && view && view.reads());
      if (frame.kind === "text") waits(row, frame.author === "visitor" ? row.querySelector(".desk-wait").dataset.since || frame.at : "");
    },
    ack: (frame) => roomOf(frame.conversation).acked(frame),
    typing: (frame) => frame.conversation === open() && frame.who === "visitor" && view && view.showTyping(frame.on),
    presence(frame) {
      if (frame.who !== "visitor") return;
      if (frame.on) isHere(frame.conversation);
      else isAway(frame.conversation, "left");
    },
    read(frame) {
      if (frame.who === "visitor") isHere(frame.conversation);
      if (frame.who === "visitor" && frame.conversation === open() && view) view.peerHasRead(frame.seq);
      const row = ownRow(frame.conversation);
      if (frame.who === "agent" && row && frame.seq >= Number(row.dataset.seq)) unread(row, 0);
    },
    state: (frame) => stale(frame),
    conversation(frame) {
      const row = rowOf(frame.conversation);
      if (frame.mine && !ownRow(frame.conversation)) happened("came", frame.conversation, frame.name || "");
      if (!frame.mine) forget(frame.conversation);
      else if (!asked.has(frame.conversation)) ask(frame.conversation);
      if (!row || row.dataset.state !== frame.state || (row.dataset.ticket || "") !== (frame.ticket || "")) lists.wish();
      stale(frame);
    },
    offer: () => lists.wish(), // and called out there
    flagged(frame) {
      news(texts.flagged, frame.name || "", frame.conversation, false);
      lists.wish();
    },
    gone(frame) {
      forget(frame.conversation);
      lists.wish();
      if (frame.conversation === open()) details.wish();
    },
    note(frame) {
      const isNew = !heard.has(frame.id) && new Date(frame.at) > opened && frame.author !== desk.dataset.name;
      heard.add(frame.id);
      if (frame.conversation === open()) addNote(frame, isNew);
      else if (isNew && ownRow(frame.conversation)) happened("noted", frame.conversation, frame.text);
    },
    error(frame) {
      const holder = [...rooms.values()].find((room) => room.outbox.some((item) => item.client_id === frame.client_id));
      if (holder) holder.refuse(frame.client_id, frame.code);
    },
  };

  function news(title, text, tag, seen) {
    document.dispatchEvent(new CustomEvent("desk:news", { detail: { title, text, tag, seen } }));
  }

  /* What came to a conversation of this person's that is not open: called out, and marked until it is opened.
     What they did themselves is still on its way to the page. */
  const marked = new Map();
  function happened(what, id, text) {
    if (id === open() || waitsForAnswer()) return;
    news(texts[what], text, id, false);
    if (!document.querySelector(`#desk-beside [data-conversation="${CSS.escape(id)}"]`)) marked.set(id, texts.marks[what]);
    showMarks();
  }

  /* The visitor's page has said goodbye, or has not answered when a connection of ours, or what was taken just
     now, asked whether it is there. A page that polls shows itself with each poll. */
  const ANSWERS_WITHIN = 15000; // longer than the longest pause between two polls (client.js)
  const away = new Map(); // conversation → "left", as its page has said, or "silent"
  const asked = new Map(); // conversation → the timer that waits for the answer
  function ask(id) {
    asked.set(id, setTimeout(() => isAway(id, "silent"), ANSWERS_WITHIN));
  }

  function isAway(id, how) {
    clearTimeout(asked.get(id));
    away.set(id, how);
    showAway();
  }

  function isHere(id) {
    clearTimeout(asked.get(id));
    if (away.delete(id)) showAway();
  }

  /* Without a connection nothing says who comes back; the next one asks anew. */
  function stopAsking() {
    for (const timer of asked.values()) clearTimeout(timer);
    asked.clear();
    away.clear();
    showAway();
  }

  function forget(id) {
    clearTimeout(asked.get(id));
    asked.delete(id);
    away.delete(id);
    showAway();
  }

  function showAway() {
    const badge = get("desk-away");
    if (!badge) return;
    const how = away.get(open());
    badge.hidden = !how || desk.dataset.state !== "active";
    if (how) badge.textContent = badge.dataset[how];
  }

  function unmark(id) {
    marked.delete(id);
    ownRow(id)?.querySelector("[data-mark]")?.remove();
  }

  function showMarks() {
    for (const [id, text] of marked) {
      const name = ownRow(id)?.querySelector(".desk-name");
      if (!name || name.querySelector("[data-mark]")) continue;
      const mark = document.createElement("span");
      mark.className = "badge";
      mark.dataset.mark = "";
      mark.textContent = text;
      name.append(" ", mark);
    }
  }

  /* The page shows something else than the server says: fetch its head and its right column again. */
  function stale(facts) {
    if (facts.conversation !== open()) return;
    if (facts.state === "closed" && view) view.setWrites(false);
    const { state, agent, ticket } = desk.dataset;
    if (facts.state !== state || (facts.agent || "") !== agent || (facts.ticket || "") !== ticket) details.wish();
  }

  /* What came over HTTP says how the conversation is, too. */
  function fetched(facts) {
    stale(facts);
    if (facts.conversation === open() && view) view.peerHasRead(facts.visitor_read);
  }

  /* --- Parts of the page, fetched again a moment after they are wished for ------------------------ */
  function wishing(fetchIt, wait = 250) {
    let timer = 0;
    return {
      wish() {
        timer = timer || setTimeout(async () => {
          timer = 0;
          await fetchIt().catch(() => {});
        }, wait);
      },
    };
  }

  async function page(url) {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store" });
    if (answer.redirected && answer.url.includes("/accounts/")) {
      link.stop("refused");
      throw new Error("signed out"); // the sign-in page is no part of this one
    }
    return [answer, new DOMParser().parseFromString(await answer.text(), "text/html")];
  }

  function put(place, nodes) {
    place.replaceChildren(...nodes);
    window.htmx.process(place);
  }

  /* htmx asks the clicked element, when the answer comes, what to do with it: it must still be there. */
  const waitsForAnswer = () => Boolean(document.querySelector("#desk-frame .htmx-request"));

  async function refreshLists() {
    const [answer, fresh] = await page(`${desk.dataset.lists}?open=${open()}`);
    if (!answer.ok) return;
    if (waitsForAnswer()) return void lists.wish();
    const focused = document.activeElement && document.activeElement.closest("#desk-lists a");
    put(get("desk-lists"), fresh.body.children);
    lookAround();
    const current = open() && rowOf(open()); // another may have been opened meanwhile
    for (const old of document.querySelectorAll("#desk-lists [aria-current]")) old.removeAttribute("aria-current");
    if (current) current.querySelector("a").setAttribute("aria-current", "page");
    if (focused) document.querySelector(`#desk-lists a[href="${CSS.escape(focused.getAttribute("href"))}"]`)?.focus();
    tick();
    countdown();
    title();
    showMarks();
  }
  const lists = wishing(refreshLists);

  /* What is new in the lists is called out: offers, and without a socket, which tells of the rest, that too. */
  const offers = () => [...document.querySelectorAll("#desk-offers [data-offer]")];
  const offered = new Set();
  const counted = new Map(); // own conversation → how many unread messages were known
  function lookAround(calls = true) {
    for (const offer of offers()) {
      const { offer: id, conversation } = offer.dataset;
      if (calls && !offered.has(id)) news(texts.offered, offer.querySelector("p").textContent, conversation, false);
      offered.add(id);
    }
    const before = new Map(counted);
    counted.clear();
    for (const row of ownRows()) {
      const id = row.dataset.conversation;
      const name = row.querySelector(".desk-name").textContent;
      counted.set(id, Number(row.dataset.unread));
      if (!calls || link.state === "live") continue;
      if (!before.has(id)) happened("came", id, name);
      else if (counted.get(id) > before.get(id)) news(name, texts.said, id, id === open() && view && view.reads());
    }
  }

  const details = wishing(async () => {
    const id = open();
    if (!id) return;
    const [answer, fresh] = await page(location.href);
    if (waitsForAnswer()) return void details.wish();
    if (id !== open()) return;
    if (!answer.ok) return lost();
    for (const part of ["desk-bar", "desk-details"]) {
      const busy = get(part).querySelector("details[open]");
      if (!busy && fresh.getElementById(part)) put(get(part), fresh.getElementById(part).childNodes);
    }
    const now = fresh.getElementById("desk").dataset;
    const could = "writes" in get("chat-compose").dataset;
    const may = "writes" in fresh.getElementById("chat-compose").dataset;
    Object.assign(desk.dataset, { state: now.state, agent: now.agent, ticket: now.ticket });
    if (could !== may) writable(fresh.getElementById("chat-compose"));
    showAway();
  });

  const suggestions = wishing(async () => {
    if (!open()) return;
    const id = open();
    const [answer, fresh] = await page(desk.dataset.suggestions);
    if (answer.ok && id === open()) put(get("desk-suggestions"), fresh.body.childNodes);
  }, 600);

  function notFound(id, error) {
    if (error.status !== 404) throw error;
    if (id === open()) lost();
  }

  /* Somebody else has it now: what was typed stays where it is, and cannot be sent. */
  function lost() {
    const line = get("chat-link");
    line.textContent = texts.errors.not_found;
    line.dataset.link = "refused";
    line.hidden = false;
    get("chat-compose").querySelector("button.primary").disabled = true;
    desk.dataset.state = "gone";
  }

  function writable(fresh) {
    const form = get("chat-compose");
    const mode = form.elements.mode.value;
    form.hidden = fresh.hidden;
    form.toggleAttribute("data-writes", "writes" in fresh.dataset);
    form.querySelector(".desk-mode").replaceChildren(...fresh.querySelector(".desk-mode").childNodes);
    writeFor(form, mode);
    view.setWrites("writes" in fresh.dataset);
    view.filesChanged();
  }

  /* What is in the box stays for whom it was written: a note that was begun never becomes a reply. */
  const modeKey = () => `chat.mode.${scope}.${open()}`;
  function writeFor(form, mode) {
    if (!mode || !get("chat-text").value) return;
    const can = [...form.elements.mode].filter((one) => !one.disabled);
    const same = can.find((one) => one.value === mode) || (mode !== "reply" && can.find((one) => one.value === "note"));
    if (same) same.checked = true;
  }

  function addNote(frame, isNew) {
    const list = get("desk-notes");
    if (!list || list.querySelector(`[data-note="${frame.id}"]`)) return;
    const who = texts.authors[frame.by] || frame.author;
    const line = document.querySelector('template[data-template="note"]').content.firstElementChild.cloneNode(true);
    line.dataset.note = frame.id;
    line.querySelector(".chat-who").textContent = who;
    if (!frame.whisper) line.querySelector(".badge").remove();
    line.querySelector(".chat-text").textContent = frame.text;
    line.querySelector(".chat-at").textContent = View.readable(frame.at, texts.zone);
    list.append(line);
    get("desk-no-notes").hidden = true;
    if (!isNew) return;
    const strip = get("desk-news"); // the list may be out of sight
    strip.querySelector("p").textContent = `${who} · ${frame.text}`;
    strip.hidden = false;
    news(texts.noted, frame.text, frame.conversation, true);
  }

  /* --- Marks in the lists and in the title --------------------------------------------------------- */
  function unread(row, count) {
    row.dataset.unread = count;
    counted.set(row.dataset.conversation, count);
    const mark = row.querySelector(".desk-unread");
    mark.hidden = !count;
    mark.querySelector("[data-count]").textContent = count;
    title();
  }

  function waits(row, since) {
    const mark = row.querySelector(".desk-wait");
    mark.dataset.since = since;
    mark.hidden = !since;
    tick();
  }

  function tick() {
    for (const mark of document.querySelectorAll(".desk-wait[data-since]")) {
      if (!mark.dataset.since) continue;
      const minutes = Math.max(0, Math.floor((Date.now() - new Date(mark.dataset.since)) / 60000));
      mark.textContent = minutes ? View.fill(texts.waited, { minutes }) : texts.justnow;
      mark.dataset.tone = minutes < 2 ? "neutral" : minutes < 5 ? "warn" : "bad";
    }
  }

  /* How long an offer still stands; the server decides, this only shows it. */
  function countdown() {
    for (const offer of offers()) {
      const left = Math.ceil((new Date(offer.dataset.expires) - Date.now()) / 1000);
      offer.querySelector("[data-countdown]").textContent = View.fill(texts.countdown, { seconds: Math.max(0, left) });
      if (left < -1) lists.wish();
    }
  }
  setInterval(countdown, 1000);

  function title() {
    const sum = (rows) => rows.reduce((all, row) => all + Number(row.dataset.unread || 0), 0);
    const count = sum(ownRows());
    const offer = document.hidden && offers().length;
    const mark = desk.querySelector(".desk-to-lists .desk-unread"); // where the lists are out of sight
    if (mark) {
      const elsewhere = sum(ownRows().filter((row) => row.dataset.conversation !== open())) + offers().length;
      mark.hidden = !elsewhere;
      mark.querySelector("[data-count]").textContent = elsewhere;
    }
    document.title = offer ? `● ${plain()}` : count ? `(${count}) ${plain()}` : plain();
  }
  document.addEventListener("visibilitychange", title);

  /* --- The open conversation ------------------------------------------------------------------------ */
  function bind(calls = true) {
    if (view) view.close();
    clearInterval(watching);
    view = null;
    desk = get("desk");
    // A form that was answered with a page leaves its own address, which cannot be opened again.
    const beside = location.pathname.endsWith("/beside/");
    if (location.pathname !== desk.dataset.address && !beside) history.replaceState(history.state, "", desk.dataset.address);
    unmark(open());
    lookAround(calls);
    tick();
    title();
    showMarks();
    showAway();
    showLink();
    if (!open()) return;
    const room = roomOf(open());
    const lines = desk.querySelectorAll("#chat-log > [data-seq]");
    room.last = lines.length ? Number(lines[lines.length - 1].dataset.seq) : 0;
    room.held.clear();
    const form = get("chat-compose");
    view = new View({
      element: desk,
      room,
      texts,
      mine: "agent",
      beforeSend: (event) => reply(event, form),
      writes: "writes" in form.dataset,
      refusesFiles: () => form.elements.mode.value !== "reply",
      send: (frame) => "writes" in form.dataset && form.elements.mode.value === "reply" && link.send({ ...frame, conversation: room.id }),
      seen: (seq) => ("writes" in form.dataset ? hasSeen(room, seq) : Promise.resolve()),
    });
    writeFor(form, store.get(modeKey()));
    form.addEventListener("change", (event) => {
      if (event.target.name !== "mode") return;
      store.set(modeKey(), event.target.value);
      view.filesChanged();
    });
    view.peerHasRead(Number(form.dataset.read));
    view.read();
    room.pull().catch(() => {});
    room.flush();
    watch();
    // Without a socket, what is not ours is looked at now and then while it is on the screen.
    if (!("writes" in form.dataset) && desk.dataset.state !== "closed") {
      watching = setInterval(() => document.hidden || link.state === "live" || room.pull().catch(() => {}), 4000);
    }
    if (matchMedia("(pointer: fine)").matches && !form.hidden && desk.dataset.pane === "conversation") get("chat-text").focus();
  }

  async function hasSeen(room, seq) {
    await room.seen(seq);
    const row = ownRow(room.id);
    if (row && seq >= Number(row.dataset.seq)) unread(row, 0);
  }

  /* Hear the open conversation also when it is somebody else's, or nobody's yet. */
  function watch() {
    if (open()) link.send({ type: "watch", conversation: open(), after: roomOf(open()).last });
  }

  /* A note goes through the plain form, so that it can never take the way of a message. */
  function reply(event, form) {
    if (form.elements.mode.value === "reply" && "writes" in form.dataset) return true;
    event.preventDefault();
    if (!get("chat-text").value.trim()) return false;
    if (view.heldBy()) {
      view.hold();
      return false;
    }
    const where = { source: form, target: "#desk", select: "#desk", swap: "outerHTML show:none" };
    window.htmx.ajax("POST", form.getAttribute("action"), where).catch(() => {}); // failed() has said so
    return false;
  }

  function showLink() {
    document.documentElement.dataset.link = link.state; // what browser tests wait for
    const line = get("chat-link");
    if (!line || desk.dataset.state === "gone") return;
    line.dataset.link = link.state;
    line.textContent = texts.link[link.state];
    line.hidden = link.state === "live" || !link.late();
  }

  link.addEventListener("frame", ({ detail }) => (frames[detail.type] || (() => {}))(detail));
  link.addEventListener("state", () => {
    if (link.state !== "live") stopAsking();
    showLink();
  });
  link.addEventListener("late", showLink);
  document.addEventListener("htmx:afterSettle", () => {
    if (get("desk") && get("desk") !== desk) bind();
  });
  /* No answer, or one that is not the workspace (signed out): the page stays as it is, and says so. */
  function failed() {
    get("toasts").replaceChildren(document.querySelector('template[data-template="problem"]').content.cloneNode(true));
  }
  for (const fault of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(fault, failed);
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "desk") return;
    if (!detail.serverResponse.includes('id="desk"')) {
      detail.shouldSwap = false;
      return failed();
    }
    // A saved note is no draft any more; a refused one comes back in the form.
    if (detail.requestConfig.elt.id !== "chat-compose" || !view) return;
    store.remove(view.draft);
    store.remove(modeKey());
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#desk-news button")) get("desk-news").hidden = true;
    const beside = event.target.closest("[data-beside]");
    if (beside) unmark(beside.closest("[data-conversation]").dataset.conversation);
    const button = event.target.closest("[data-insert]");
    if (!button || !view) return;
    view.insert(`${button.dataset.insert}\n${new URL(button.dataset.link, location.href).href}`);
  });
  /* Whom it can be handed to changes while the page stands: asked again when the list is needed. */
  document.addEventListener("toggle", async ({ target }) => {
    const list = target.open && target.closest("#desk-bar") && target.querySelector("[name=to]");
    if (!list) return;
    const [answer, fresh] = await page(location.href).catch(() => [{}]);
    const now = answer.ok && fresh.querySelector("#desk-bar [name=to]");
    if (!now) return;
    const chosen = list.value;
    list.replaceChildren(...now.childNodes);
    list.value = chosen;
  }, true);
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const links = [...document.querySelectorAll("#desk-lists a.desk-row")];
    const at = links.findIndex((one) => one.hasAttribute("aria-current"));
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.click();
  });
  setInterval(tick, 15000);

  // Sizes that a person dragged are inline styles; copying them is what the CSP forbids.
  window.htmx.config.attributesToSettle = ["class", "width", "height"];
  // A new page is bound in the turn in which it is put in: what is typed before that would reach nobody.
  window.htmx.config.defaultSettleDelay = 0;
  desk = get("desk");
  bind(false);
  link.start();
})();
