/* Files in the composer, on both sides: chosen, pasted or dropped, uploaded at once, sent with the message. */
"use strict";

window.HelpdeskChat.Files = class Files {
  constructor(view, options) {
    this.view = view;
    this.chosen = []; // {file, line, kept}
    this.input = view.form.querySelector("input[type=file]");
    this.list = view.form.querySelector("[data-chosen]");
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

  add(files) {
    for (const file of files) {
      const line = document.querySelector('template[data-template="chosen"]').content.firstElementChild.cloneNode(true);
      const one = { file, line, kept: null };
      line.firstElementChild.textContent = file.name;
      line.querySelector("button").addEventListener("click", () => this.remove(one));
      this.chosen.push(one);
      this.list.append(line);
      this.upload(one);
    }
    this.changed();
  }

  async upload(one) {
    const { texts, room } = this.view;
    const status = one.line.querySelector("[role=status]");
    status.textContent = texts.uploading;
    try {
      one.kept = await room.upload(one.file);
      status.textContent = texts.uploaded;
    } catch (error) {
      one.failed = true;
      one.line.dataset.failed = "";
      status.textContent = texts.errors[error.code] || (error.status === 413 ? texts.errors.file_too_large : texts.offline);
    }
    this.view.filesChanged();
  }

  remove(one) {
    one.line.remove();
    this.chosen = this.chosen.filter((other) => other !== one);
    this.changed();
    this.view.text.focus();
  }

  changed() {
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
