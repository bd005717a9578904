/* Files in the composer, on both sides: chosen, pasted or dropped, uploaded at once, sent with the message. */
"use strict";

const KEPT_FOR = 20 * 60 * 60 * 1000; // the server forgets after a day what no message took

window.HelpdeskChat.Files = class Files {
  constructor(view, options) {
    this.view = view;
    this.chosen = []; // {file, line, kept}
    this.key = `chat.files.${view.room.scope}.${view.room.id}`; // a draft has its files, too
    this.input = view.form.querySelector("input[type=file]");
    this.list = view.form.querySelector("[data-chosen]");
    this.tooMany = view.form.querySelector("[data-too-many]");
    view.log.addEventListener("click", (event) => this.open(event), options);
    if (!this.input || !this.list) return;
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = "";
    }, options);
    view.text.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.add(event.clipboardData.files);
    }, options);
    const drop = view.form.parentElement;
    drop.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault(), options);
    drop.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.add(event.dataTransfer.files);
    }, options);
  }

  /* As many as one message takes; those beyond are named. */
  add(files) {
    const room = Math.max(0, this.view.texts.most_files - this.chosen.length);
    for (const file of [...files].slice(0, room)) this.upload(this.show({ file, kept: null }));
    this.changed();
    this.tell([...files].slice(room).map(({ name }) => name));
  }

  tell(names) {
    const { too_many, most_files } = this.view.texts;
    this.tooMany.textContent = names.length ? window.HelpdeskChat.View.fill(too_many, { most: most_files, names: names.join(", ") }) : "";
    this.tooMany.hidden = !names.length;
  }

  /* Files that the server keeps already. */
  putBack(kept) {
    if (!this.list) return;
    for (const file of kept) this.say(this.show({ file, kept: file }), this.view.texts.uploaded);
    this.changed();
  }

  restore() {
    const { at = 0, kept = [] } = window.HelpdeskChat.store.get(this.key) || {};
    if (Date.now() - at < KEPT_FOR) this.putBack(kept);
  }

  remember() {
    const { store } = window.HelpdeskChat;
    const kept = this.chosen.flatMap((one) => one.kept || []);
    if (kept.length) store.set(this.key, { at: Date.now(), kept });
    else store.remove(this.key);
  }

  show(one) {
    one.line = document.querySelector('template[data-template="chosen"]').content.firstElementChild.cloneNode(true);
    one.line.firstElementChild.textContent = one.file.name;
    one.line.querySelector("[data-remove]").addEventListener("click", () => this.remove(one));
    one.line.querySelector("[data-again]").addEventListener("click", () => this.upload(one));
    this.chosen.push(one);
    this.list.append(one.line);
    return one;
  }

  say(one, text) {
    one.line.querySelector("[role=status]").textContent = text;
  }

  async upload(one) {
    const { texts, room } = this.view;
    const again = one.line.querySelector("[data-again]");
    one.failed = false;
    again.hidden = true;
    this.say(one, texts.uploading);
    try {
      one.kept = await room.upload(one.file);
      this.say(one, texts.uploaded);
    } catch (error) {
      one.failed = true;
      again.hidden = error.status >= 400 && error.status < 500; // no network, or a server that is away
      this.say(one, texts.errors[error.code] || (error.status === 413 ? texts.errors.file_too_large : texts.offline));
    }
    one.line.toggleAttribute("data-failed", one.failed);
    this.remember();
    this.view.filesChanged();
  }

  remove(one) {
    one.line.remove();
    this.chosen = this.chosen.filter((other) => other !== one);
    this.changed();
    this.view.text.focus();
  }

  changed() {
    this.tell([]);
    this.remember();
    this.view.text.required = !this.chosen.length;
    this.view.filesChanged();
  }

  leaveOut(unwanted) {
    for (const one of this.chosen.filter(unwanted)) this.remove(one);
  }

  take() {
    const kept = this.chosen.map((one) => one.kept);
    for (const one of this.chosen) one.line.remove();
    this.chosen = [];
    this.changed();
    return kept;
  }

  /* A visitor without a cookie shows the token in a header, which a plain link cannot. */
  async open(event) {
    const link = event.target.closest("a[data-file]");
    if (!link || !(this.view.room.headers.Authorization || "").startsWith("Bearer")) return;
    event.preventDefault();
    try {
      const away = document.createElement("a");
      away.href = await this.view.room.download(link.dataset.file);
      away.download = link.textContent;
      away.click();
      setTimeout(() => URL.revokeObjectURL(away.href), 60000);
    } catch {
      link.title = this.view.texts.nofile;
    }
  }
};
