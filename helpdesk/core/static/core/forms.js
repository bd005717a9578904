// form[data-once="…"]: submitted once, with the words of the attribute on its button meanwhile.
"use strict";
(() => {
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
      if (button.dataset.label) button.lastChild.textContent = button.dataset.label;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "1";
    const button = event.submitter || form.querySelector("button:not([type=button])");
    if (!button || !button.lastChild) return;
    // Not `disabled`: a disabled button would not send its own name and value.
    button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    button.dataset.label = button.lastChild.textContent;
    button.lastChild.textContent = form.dataset.once;
  }, true);

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form[data-once]");
    if (form) release(form);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

  // A page that came back with errors begins at their summary, or at what refused the act.
  document.querySelector("#problem, .error-summary")?.focus();
})();
