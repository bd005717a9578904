/* The visitor's page and the widget's frame. {id, token} stays in this origin's storage. */
"use strict";

(() => {
  const { Room, Link, View, store, request } = window.HelpdeskChat;
  const KEY = "chat.visitor";
  const TAKEN = "chat.taken"; // from an ended conversation into the next one
  const root = document.getElementById("chat");
  const texts = JSON.parse(document.getElementById("chat-texts").textContent);
  const get = (id) => document.getElementById(id);
  const framed = "frame" in root.dataset;
  let me = null; // {id, token}; token is null where the HttpOnly cookie carries it
  let room, link, view;
  let state = root.dataset.state || "waiting";
  let position = null;
  let wait = null; // seconds, as the server estimates
  let urgent = false; // said without a number once it has waited longer than promised
  let agent = "";
  let unseen = 0;
  let seenUpTo = null; // seq, as the server knows it; null before it has said so
  let host = ""; // origin of the site around the frame, once it has spoken

  const csrf = () => root.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = () => (me.token ? { Authorization: `Bearer ${me.token}` } : { Authorization: "Cookie", "X-CSRFToken": csrf() });
  const address = (rest) => `${root.dataset.api}/${me.id}${rest}`;

  function show(name) {
    root.dataset.view = name;
    for (const part of root.querySelectorAll("[data-for]")) {
      part.hidden = part.dataset.for !== name && !(name === "ended" && part.dataset.for === "room");
    }
    get("chat-end").hidden = name === "ended";
    compose();
    if (name === "ended") get("chat-choices").hidden = get("chat-leave-message").hidden = true;
  }

  /* After the end the box stays for as long as there is something in it: to copy, or to take along. */
  const box = get("chat-text");
  function compose() {
    get("chat-compose").hidden = root.dataset.view === "ended" && !box.value;
    if (view) view.setWrites(state !== "closed");
  }
  box.addEventListener("input", () => root.dataset.view === "ended" && box.value && compose());

  /* --- The state of the conversation and of the line, in words ------------------------------- */
  function showState() {
    let text = texts.states[state] || "";
    if (state === "waiting" && position) {
      const unknown = urgent ? texts.position_urgent : texts.position;
      const known = wait === null ? unknown : wait <= 60 ? texts.position_soon : texts.position_wait;
      text = View.fill(known, { position, minutes: Math.round(wait / 60) });
    }
    if (state === "active" && agent) text = View.fill(texts.served, { name: agent });
    get("chat-state").textContent = text;
    if (state === "waiting" && position && wait === null) get("chat-leave-message").hidden = false; // as the text says
    if (state === "closed" && root.dataset.view !== "ended") {
      show("ended");
      if (view) view.toEnd();
    } else if (state === "closed") return;
    else if (root.dataset.view === "ended") show("room");
  }

  function showLink() {
    const line = get("chat-link");
    line.dataset.link = link.state;
    line.textContent = texts.link[link.state];
    line.hidden = link.state === "live" || !link.late();
    root.dataset.link = link.state; // what browser tests wait for
    if (link.state === "refused") refused();
  }

  function learn(facts) {
    state = facts.state;
    position = facts.queue_position || null;
    wait = facts.wait_estimate ?? null;
    urgent = Boolean(facts.urgent);
    agent = facts.agent || "";
    if (seenUpTo === null) seenUpTo = facts.visitor_read;
    tell(state === "closed" ? "none" : "conversation");
    if (facts.ticket) get("chat-ticket").hidden = false;
    if (facts.score) {
      rate.hidden = true;
      get("chat-rated").hidden = false;
    }
    if (facts.agent_read) view.peerHasRead(facts.agent_read);
    showState();
  }

  function refused() {
    if (me && !me.token) return; // the cookie's page says so by itself on the next load
    store.remove(KEY);
    tell("none");
    get("chat-start-error").textContent = texts.gone;
    get("chat-start-error").hidden = false;
    show("start");
  }

  /* --- Frames ------------------------------------------------------------------------------- */
  const frames = {
    welcome(frame) {
      learn(frame);
      room.flush();
      view.read();
    },
    message: (frame) => room.offer(frame),
    ack: (frame) => room.acked(frame),
    state: learn,
    typing: (frame) => frame.who === "agent" && view.showTyping(frame.on),
    read: (frame) => frame.who === "agent" && view.peerHasRead(frame.seq),
    error(frame) {
      if (frame.client_id) room.refuse(frame.client_id, frame.code);
    },
  };

  function open(identity) {
    me = identity;
    const lines = root.querySelectorAll("#chat-log > [data-seq]");
    room = new Room({
      id: me.id,
      scope: "visitor",
      last: lines.length ? Number(lines[lines.length - 1].dataset.seq) : 0,
      url: address("/messages"),
      headers: headers(),
    });
    link = new Link({
      url: `${root.dataset.socket}${me.id}/`,
      hello: () => ({ type: "hello", protocol: 1, after: room.last, ...(me.token ? { token: me.token } : {}) }),
      poll: async () => {
        const before = room.last;
        await room.pull();
        room.flush();
        return room.last > before;
      },
    });
    room.link = link;
    view = new View({
      element: root,
      room,
      texts,
      mine: "visitor",
      send: (frame) => link.send(frame),
      beforeSend: (event) => state !== "closed" || takeAlong(event),
      writes: state !== "closed",
    });
    link.addEventListener("frame", ({ detail }) => (frames[detail.type] || (() => {}))(detail));
    link.addEventListener("state", showLink);
    link.addEventListener("late", showLink);
    room.addEventListener("fetched", ({ detail }) => learn(detail));
    room.addEventListener("message", ({ detail }) => arrived(detail));
    credentials();
    if (framed) get("chat-resume").hidden = store.lasts();
    show("room");
    showState();
    showLink();
    link.start();
  }

  /* The buttons that open a page of ours carry the token in a form body, never in an address. */
  function credentials() {
    for (const form of root.querySelectorAll("[data-credentials]")) {
      form.querySelectorAll("input[data-credential]").forEach((old) => old.remove());
      if (!me.token) continue;
      for (const [name, value] of Object.entries(me)) {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value });
        input.dataset.credential = "";
        form.append(input);
      }
    }
  }

  /* The bot's quick replies: words to say, for as long as nobody has said anything else. */
  const choices = get("chat-choices");
  function offer(words) {
    const blank = document.querySelector('template[data-template="choice"]').content.firstElementChild;
    const buttons = words.map((word) => {
      const button = blank.cloneNode(true);
      button.value = button.textContent = word;
      return button;
    });
    choices.querySelector(".chat-choices-list").replaceChildren(...buttons);
    choices.hidden = !words.length;
    view.toEnd();
  }
  choices.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = event.submitter && event.submitter.value;
    if (!said || !room) return;
    offer([]);
    room.send(said);
    get("chat-text").focus();
  });

  function arrived(message) {
    offer(message.data?.choices || []);
    if (message.data?.leave_message) get("chat-leave-message").hidden = state === "closed";
    if (message.text === "joined" && message.kind === "event") get("chat-leave-message").hidden = true;
    if (message.kind === "event" && message.text === "left") get("chat-go-on").hidden = false;
    if (message.kind === "event" && message.text === "reopened") get("chat-go-on").hidden = true;
    if (message.kind === "event" && message.text === "ticket") get("chat-ticket").hidden = false;
    if (message.author === "visitor" || message.kind !== "text" || seenUpTo === null) return;
    if (message.seq <= seenUpTo || (!document.hidden && document.hasFocus())) return;
    unseen += 1;
    title();
    tell("unread", { count: unseen });
  }

  const plain = document.title;
  function title() {
    document.title = unseen ? `(${unseen}) ${plain}` : plain;
  }
  function seen() {
    if (document.hidden) return;
    unseen = 0;
    title();
  }
  window.addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);

  /* --- Before: topic, name, question; the FAQ may already know ----------------------------------- */
  const start = get("chat-start");
  const question = start.elements.question;

  start.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = question.value.trim();
    const problem = get("chat-start-error");
    problem.hidden = true;
    if (!text) return question.focus();
    const missing = [...start.elements].find((one) => one.required && (one.type === "checkbox" ? !one.checked : !one.value.trim()));
    if (missing) {
      const label = missing.labels[0].textContent.trim();
      problem.textContent = missing.type === "checkbox" ? texts.errors.consent_needed : View.fill(texts.errors.missing, { label });
      problem.hidden = false;
      return missing.focus();
    }
    const button = start.querySelector("button.primary");
    button.disabled = true;
    try {
      const body = { bot: true, language: document.documentElement.lang.toLowerCase(), };
      // Only what the desk asks is on the form (form.name is the form's own name: elements, never start.name).
      const { topic, name, consent } = start.elements;
      if (topic) body.topic = topic.value;
      if (name && name.value.trim()) body.name = name.value.trim();
      if (consent) body.consent = consent.checked;
      const made = await request(root.dataset.api, { method: "POST", headers: { "X-CSRFToken": csrf() }, body });
      const identity = { id: made.id, token: made.token };
      store.set(KEY, identity);
      state = "waiting";
      get("chat-log").replaceChildren();
      open(identity);
      room.send(text);
      question.value = "";
      store.remove(TAKEN);
      get("chat-text").focus();
    } catch (error) {
      problem.textContent = texts.errors[error.code] || texts.offline;
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });

  let asking = 0;
  question.addEventListener("input", () => {
    clearTimeout(asking);
    asking = setTimeout(suggest, 400);
  });
  async function suggest() {
    const place = get("chat-answers");
    const asked = question.value.trim();
    if (asked.length < 2) return place.replaceChildren();
    try {
      const answer = await fetch(`${place.dataset.url}?${new URLSearchParams({ q: asked.slice(0, 200) })}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && asked === question.value.trim()) place.replaceChildren(...page.body.children);
    } catch {
      /* suggestions are an extra */
    }
  }

  /* --- After: end, rate, begin again ------------------------------------------------------------- */
  get("chat-end").addEventListener("submit", async (event) => {
    if (!me || !me.token) return; // the plain form does it with the cookie
    event.preventDefault();
    try {
      learn(await request(address("/close"), { method: "POST", headers: headers(), body: {} }));
    } catch {
      get("chat-link").textContent = texts.notended;
      get("chat-link").hidden = false;
    }
  });

  const rate = get("chat-rate");
  rate.addEventListener("submit", async (event) => {
    if (!me || !me.token) return;
    event.preventDefault();
    const problem = get("chat-rate-error");
    problem.hidden = true;
    const score = Number(new FormData(rate).get("score"));
    try {
      if (!score) throw Object.assign(new Error(), { code: "noscore" });
      await request(address("/rate"), { method: "POST", headers: headers(), body: { score, text: rate.elements.text.value } });
      rate.hidden = true;
      get("chat-rated").hidden = false;
    } catch (error) {
      problem.textContent = texts.errors[error.code] || texts.offline;
      problem.hidden = false;
    }
  });

  get("chat-leave").addEventListener("submit", (event) => {
    store.remove(KEY);
    tell("none");
    if (!framed) return; // the server forgets the cookie, and leads to the page for a new one
    event.preventDefault();
    location.reload();
  });

  /* The ended conversation takes no message; what is in the box begins the next one, if the button says so. */
  function takeAlong(event) {
    event.preventDefault();
    if (!event.submitter || !("take" in event.submitter.dataset)) return false;
    store.set(TAKEN, box.value);
    store.remove(view.draft);
    box.value = "";
    get("chat-leave").requestSubmit();
    return false;
  }
  root.querySelector("[data-take]").hidden = framed && !store.lasts(); // it would be lost on the way

  /* --- The widget around the frame: it hears words and a number from here, nothing else ------------ */
  function tell(word, more = {}) {
    if (host) parent.postMessage({ helpdesk: word, ...more }, host);
  }

  if (framed) {
    const targets = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]';
    const reachable = () => [...document.querySelectorAll(targets)].filter((one) => one.checkVisibility() && !one.disabled);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) tell("close");
    });
    get("chat-frame-close").addEventListener("click", () => tell("close"));
    window.addEventListener("message", (event) => {
      if (event.source !== parent || !event.data || !event.data.helpdesk) return;
      host = event.origin === "null" ? "*" : event.origin;
      const word = event.data.helpdesk;
      if (word === "hello") tell(me && state !== "closed" ? "conversation" : "none");
      if (word === "hello" && unseen) tell("unread", { count: unseen });
      if (word === "first") reachable()[0].focus();
      if (word === "last") reachable().pop().focus();
      if (word !== "opened") return;
      seen();
      if (view) view.toEnd();
      (root.dataset.view === "start" ? question : get("chat-text")).focus();
    });
  }

  const kept = store.get(KEY);
  const drawn = root.dataset.conversation; // by the server
  if ("cookie" in root.dataset) open({ id: drawn, token: null });
  else if (kept && kept.token && kept.id === (drawn || kept.id)) {
    const asked = question.value.trim();
    open(kept);
    if (asked && !get("chat-text").value) view.insert(asked);
  } else {
    root.dataset.link = "none";
    if (!drawn && !question.value) question.value = store.get(TAKEN) || "";
    if (question.value) suggest();
  }
})();
