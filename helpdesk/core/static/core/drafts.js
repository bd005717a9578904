// form[data-draft="name"]: what is typed is kept in this tab until the page says it was accepted, with an
// element [data-draft-accepted="name"]. Passwords, codes, files and hidden fields are never kept.
"use strict";
(() => {
  const NEVER = /password|code|token|otp|cvv|pin/i;
  const key = (name) => `draft:${document.body.dataset.reader}:${name}`;
  const kept = (field) =>
    field.name && !NEVER.test(field.name) && !["hidden", "file", "password", "submit", "button"].includes(field.type);
  const ticks = (field) => field.type === "checkbox" || field.type === "radio";

  // What the server chose in a list. Where it is still what it was while the draft was written, neither the
  // server nor a link says anything new, and the draft counts.
  const given = (list) => [...list.options].find((option) => option.defaultSelected)?.value ?? "";
  const untouched = (field, values) =>
    field.options ? given(field) === (values[`given ${field.name}`]?.[0] ?? "") : !field.value;

  const save = (form) => {
    const values = {};
    for (const field of form.elements) {
      if (!kept(field)) continue;
      const value = ticks(field) ? (field.checked ? [field.value] : []) : [field.value];
      values[field.name] = (values[field.name] || []).concat(value);
      if (field.options) values[`given ${field.name}`] = [given(field)];
    }
    try {
      sessionStorage.setItem(key(form.dataset.draft), JSON.stringify(values));
    } catch {
      // A full or forbidden store only means that nothing is kept.
    }
  };

  const restore = (form) => {
    let values;
    try {
      values = JSON.parse(sessionStorage.getItem(key(form.dataset.draft)));
    } catch {
      return;
    }
    if (!values) return;
    for (const field of form.elements) {
      if (!kept(field) || !values[field.name]) continue;
      // What the server sent back, or the reader chose in a link, wins over what was kept.
      const group = ticks(field) && form.querySelector(`[name="${CSS.escape(field.name)}"]:checked`);
      if (ticks(field)) field.checked = field.checked || (!group && values[field.name].includes(field.value));
      else if (untouched(field, values)) field.value = values[field.name][0] ?? "";
    }
  };

  for (const mark of document.querySelectorAll("[data-draft-accepted]")) {
    sessionStorage.removeItem(key(mark.dataset.draftAccepted));
  }
  document.querySelectorAll("form[data-draft]").forEach(restore);
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (form) save(form);
  });
  document.addEventListener("htmx:load", (event) => {
    event.target.querySelectorAll?.("form[data-draft]").forEach(restore);
  });
})();
