// Focus and spoken news after a swap.
// HX-Trigger {"focus": "#id"} moves the focus there once the answer stands in the page; without it the focus
// stays on the element of the same id. HX-Trigger {"announce": "text"} is read out by screen readers.
(() => {
  "use strict";

  const announcer = document.getElementById("announce");
  let wanted = null;
  let held = null;

  function focusOn(selector) {
    const target = document.querySelector(selector);
    if (!target) return false;
    if (target.tabIndex < 0 && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus();
    return true;
  }

  function settle() {
    if (wanted) {
      if (focusOn(wanted)) wanted = null;
    } else if (held && (!document.activeElement || document.activeElement === document.body)) {
      const same = document.getElementById(held.id);
      if (same) {
        same.focus({ preventScroll: true });
        if (held.range && same.setSelectionRange) same.setSelectionRange(...held.range);
      }
    }
  }

  document.addEventListener("focus", (event) => {
    if (!event.detail?.value) return; // the browser's own focus event carries no value
    wanted = event.detail.value;
    setTimeout(settle, 300); // for answers without anything to swap
  });
  document.addEventListener("announce", (event) => {
    announcer.textContent = "";
    setTimeout(() => (announcer.textContent = event.detail.value), 60);
  });

  document.addEventListener("htmx:beforeSwap", () => {
    const active = document.activeElement;
    const isText = active && ["text", "search", "textarea"].includes(active.type);
    held = active?.id ? { id: active.id, range: isText ? [active.selectionStart, active.selectionEnd] : null } : null;
  });
  document.addEventListener("htmx:afterSettle", settle);

  // A refused form shows its first bad field, a refused completion its first blocker.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (![409, 422].includes(event.detail.xhr?.status) || wanted) return;
    const first = document.querySelector("[aria-invalid=true], .gate.is-refused .gate-left a, #form-errors");
    if (first) first.focus();
  });
  if (!location.hash) {
    const first = document.querySelector("main [aria-invalid=true], .gate.is-refused .gate-left a, main #form-errors");
    if (first) first.focus();
  }

  // Menus and dialogs: Escape and a click elsewhere close them; the focus returns to what opened them.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog")?.close();
    if (event.target.matches("dialog.dialog")) event.target.close(); // the backdrop
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
