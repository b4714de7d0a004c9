// Keys. Every key has a visible control; this file only presses it.
// Single letters rest while somebody types and can be switched off in the list of keys ("?").
(() => {
  "use strict";

  const SWITCH = "desk.keys";
  const { move, press, tick } = window.deskRows;

  const isOff = () => localStorage.getItem(SWITCH) === "off";
  const isTyping = (target) =>
    target.isContentEditable ||
    ["TEXTAREA", "SELECT"].includes(target.tagName) ||
    (target.tagName === "INPUT" && !["checkbox", "radio", "button", "submit", "file"].includes(target.type));
  // Right after a choice was made, the focus stays in it: Z takes the choice back.
  const isUndoInChoice = (key, target) => key.toLowerCase() === "z" && target.tagName === "SELECT";
  const isShown = (element) => element.offsetParent !== null || element.closest(".gate, .toasts");

  function use(key) {
    const control = [...document.querySelectorAll(`[data-key~="${CSS.escape(key)}"]`)].filter(isShown).at(-1);
    if (!control) return false;
    if (control.matches("input, textarea, select")) {
      control.focus();
      if (control.select && control.type === "search") control.select();
    } else {
      control.click();
    }
    return true;
  }

  function nextOpenItem() {
    const open = [...document.querySelectorAll('main [data-item="open"]')].filter(
      (item) => item.offsetParent && !item.querySelector("[data-item]"),
    );
    if (!open.length) {
      document.getElementById("complete")?.focus();
      return true;
    }
    const here = document.activeElement?.closest("[data-item]");
    const isAfter = (item) => here && here.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
    const next = open.find(isAfter) || open[0];
    (next.querySelector("input, .item-meta a") || next).focus();
    next.scrollIntoView({ block: "center" });
    return true;
  }

  function phase(key) {
    const link = document.querySelector(`[data-phase="${key === "0" ? 10 : key}"]`);
    link?.click();
    return Boolean(link);
  }

  function cancel(target) {
    const menu = target.closest("details.menu[open]") || document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
      return true;
    }
    const way = target.closest("form, .svc, dialog")?.querySelector("[data-cancel]");
    if (way) {
      way.click();
      return true;
    }
    if (!isTyping(target)) return false;
    target.blur();
    return true;
  }

  function save(target) {
    const form = target.closest("form") || target.form || document.querySelector("form[data-main]");
    form?.requestSubmit();
    return Boolean(form);
  }

  const LETTERS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => press("open"),
    e: () => press("edit") || use("e"),
    s: () => press("snooze"),
    x: (event) => tick(event.shiftKey),
    g: nextOpenItem,
  };

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    let done = false;
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) done = save(target);
    else if (event.ctrlKey || event.metaKey) return;
    else if (document.querySelector("dialog[open]")) return;
    else if (key === "Escape") done = cancel(target);
    else if (key.length !== 1 || isOff()) return;
    else if (isTyping(target) && !isUndoInChoice(key, target)) return;
    else if (/^[0-9]$/.test(key)) done = phase(key);
    else {
      const letter = key.toLowerCase();
      done = LETTERS[letter] ? LETTERS[letter](event) : use(letter);
    }
    if (done) event.preventDefault();
  });

  const control = document.querySelector("[data-keys-on]");
  control.checked = !isOff();
  control.addEventListener("change", () => {
    localStorage.setItem(SWITCH, control.checked ? "on" : "off");
    document.documentElement.classList.toggle("keys-off", isOff());
  });
  document.documentElement.classList.toggle("keys-off", isOff());
})();
