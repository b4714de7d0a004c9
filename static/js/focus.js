// Focus and spoken news after a swap, and after a page that was left to do something.
// HX-Trigger {"focus": "#id"} moves the focus there once the answer stands in the page; without it the focus
// stays on the element of the same id. Where a row of a list is done and gone, its place belongs to the next one.
// HX-Trigger {"announce": "text"} is read out by screen readers.
(() => {
  "use strict";

  const announcer = document.getElementById("announce");
  const BEFORE = "desk.focus";
  let wanted = null;
  let held = null;
  let last = null; // what had the focus last, outside the toasts: those come and go

  const isNowhere = () => !document.activeElement || document.activeElement === document.body;

  function focusOn(selector) {
    const target = document.querySelector(selector);
    if (!target) return false;
    if (target.tabIndex < 0 && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus();
    return true;
  }

  // The element of an id; for the verb of a row that has gone the last one there is, else the heading of the page.
  function focusNear(id) {
    const same = document.getElementById(id);
    if (same) same.focus({ preventScroll: true });
    const acts = /^act-\d+$/.test(id) ? document.querySelectorAll("main [data-act][id]") : [];
    if (isNowhere() && acts.length) acts[acts.length - 1].focus();
    if (isNowhere()) focusOn("main h1");
  }

  function settle() {
    if (wanted) {
      if (focusOn(wanted)) wanted = null;
    } else if (held && isNowhere()) {
      focusNear(held.id);
      const same = document.activeElement;
      if (same.id === held.id && held.range && same.setSelectionRange) same.setSelectionRange(...held.range);
    }
  }

  // Back to where the focus was before a toast took it.
  function back() {
    if (last?.isConnected) last.focus({ preventScroll: true });
    else if (last?.id) focusNear(last.id);
  }
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".toasts")) last = event.target;
  });

  document.addEventListener("focus", (event) => {
    if (!event.detail?.value) return; // the browser's own focus event carries no value
    wanted = event.detail.value;
    setTimeout(settle, 300); // for answers without anything to swap
  });
  function speak(text) {
    announcer.textContent = "";
    setTimeout(() => (announcer.textContent = text), 60);
  }
  document.addEventListener("announce", (event) => speak(event.detail.value));

  document.addEventListener("htmx:beforeSwap", () => {
    const active = document.activeElement;
    const isText = active && ["text", "search", "textarea"].includes(active.type);
    const id = isNowhere() ? "" : active.closest("[id]").id;
    held = id ? { id, range: isText ? [active.selectionStart, active.selectionEnd] : null } : null;
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

  // A page that says what was just done: it is read out, and the focus goes to the place in the address, to where it
  // was before the page was drawn anew, or to the heading.
  window.addEventListener("pageshow", () => {
    const said = document.querySelector("#messages > *, #toasts > *");
    const place = location.hash.slice(1);
    if (!said) return;
    speak(said.querySelector("p").textContent);
    if (!isNowhere()) return;
    const target = document.getElementById(place);
    if (target) return target.focus({ preventScroll: true }); // a page drawn anew is at its place, without the focus
    const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";
    const before = place || (isReload && sessionStorage.getItem(BEFORE));
    if (before) focusNear(before);
    else focusOn("main [autofocus]") || focusOn("main h1");
  });
  window.addEventListener("pagehide", () => sessionStorage.setItem(BEFORE, last?.id || ""));

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

  window.deskFocus = { back };
})();
