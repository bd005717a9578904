/* Being called when somebody writes: a sound (off until chosen) and the browser's notifications. */
"use strict";

(() => {
  const { store } = window.HelpdeskChat;
  const SOUND = "chat.desk.sound";
  const sound = document.getElementById("desk-sound");
  const button = document.getElementById("desk-notify");
  const state = document.getElementById("desk-notify-state");
  const supported = "Notification" in window;
  let audio = null;

  function show() {
    const now = supported ? Notification.permission : "unsupported";
    state.textContent = state.dataset[now] || "";
    button.hidden = now !== "default";
  }

  sound.checked = store.get(SOUND) === true;
  sound.addEventListener("change", () => {
    store.set(SOUND, sound.checked);
    if (sound.checked) ring();
  });
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    show();
  });
  show();

  /* Two short tones; no file to load. */
  function ring() {
    audio = audio || new AudioContext();
    [660, 880].forEach((pitch, n) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const at = audio.currentTime + n * 0.14;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.08, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.12);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.13);
    });
  }

  /* detail: {title, text, tag}; the texts are masked as everywhere on the desk. */
  document.addEventListener("desk:news", ({ detail }) => {
    if (document.hasFocus() && detail.seen) return;
    if (sound.checked) ring();
    if (document.hasFocus() || !supported || Notification.permission !== "granted") return;
    const note = new Notification(detail.title, { body: detail.text, tag: detail.tag });
    note.addEventListener("click", () => {
      window.focus();
      document.querySelector(`#desk-lists [data-conversation="${CSS.escape(detail.tag)}"] a`)?.click();
      note.close();
    });
  });
})();
