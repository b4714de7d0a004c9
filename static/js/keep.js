// Unsaved text survives a closed tab, a crash and a lost sign-in.
// <form data-keep="<user>:<key>"> is kept on this device while somebody types, put back when its text areas
// come up empty, and forgotten once the server answers with HX-Trigger {"kept": "clear"} or the next page
// carries <meta name="kept-clear" content="<user>:<key>">.
(() => {
  "use strict";

  const PREFIX = "desk.kept.";
  const FORGET_AFTER_DAYS = 30;
  const NEVER_KEPT = ["password", "file", "hidden", "submit", "button"];
  const timers = new WeakMap();
  let lastSent = null;

  const slot = (form) => PREFIX + form.dataset.keep;
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !NEVER_KEPT.includes(field.type));
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  // ``synced``: the server has the same as a draft (draft.js), so that this copy is not newer than what it has.
  function save(form, synced = false) {
    const values = fieldsOf(form)
      .filter((field) => !isTick(field) || field.checked)
      .map((field) => [field.name, field.value]);
    const hasText = [...form.querySelectorAll("textarea")].some((area) => area.value.trim());
    try {
      if (hasText) localStorage.setItem(slot(form), JSON.stringify({ at: Date.now(), values, synced }));
      else localStorage.removeItem(slot(form));
      say(form, hasText ? Date.now() : null);
    } catch {
      say(form, null); // private windows may refuse storage; writing goes on without it
    }
  }

  function say(form, at) {
    const place = form.querySelector("[data-kept]");
    if (!place || form.dataset.draftUrl) return; // draft.js says where that one is kept
    const clock = at && new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    place.textContent = clock ? `Draft kept ${clock}` : "";
  }

  function restore(form) {
    const kept = read(slot(form));
    const areas = [...form.querySelectorAll("textarea")];
    if (!kept) return;
    if (form.dataset.draftUrl && kept.synced) {
      if (!form.dataset.draftAt) forget(form.dataset.keep); // the draft ended elsewhere: saved, or discarded
      return;
    }
    const isNewer = form.dataset.draftAt && kept.at > Number(form.dataset.draftAt);
    if (!isNewer && areas.some((area) => area.value.trim())) return;
    const values = new Map();
    for (const [name, value] of kept.values) values.set(name, [...(values.get(name) || []), value]);
    for (const field of fieldsOf(form)) {
      const wanted = values.get(field.name) || [];
      if (isTick(field)) field.checked = wanted.includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = wanted.includes(option.value);
      else if (wanted.length) field.value = wanted[0];
    }
    say(form, kept.at);
    form.dataset.restored = "1";
    form.dispatchEvent(new CustomEvent("desk:restored", { bubbles: true }));
  }

  function forget(key) {
    try {
      localStorage.removeItem(PREFIX + key);
    } catch {
      // nothing was kept
    }
  }

  function start(root) {
    for (const form of root.querySelectorAll("form[data-keep]")) {
      if (form.dataset.keepReady) continue;
      form.dataset.keepReady = "1";
      restore(form);
    }
  }

  function onInput(event) {
    const form = event.target.form;
    if (!form || !form.dataset.keep) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), 500));
  }
  document.addEventListener("input", onInput);
  document.addEventListener("change", onInput);
  window.addEventListener("pagehide", () => {
    for (const form of document.querySelectorAll("form[data-keep]")) if (timers.has(form)) save(form);
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    lastSent = event.target.closest("form[data-keep]") || lastSent;
  });
  document.addEventListener("desk:synced", (event) => {
    clearTimeout(timers.get(event.target));
    timers.delete(event.target);
    save(event.target, true);
  });
  document.addEventListener("kept", (event) => {
    if (event.detail.value !== "clear") return;
    const form = event.target.closest?.("form[data-keep]") || lastSent;
    if (!form) return;
    clearTimeout(timers.get(form));
    timers.delete(form);
    forget(form.dataset.keep);
  });
  document.addEventListener("htmx:afterSettle", () => start(document));

  for (const meta of document.querySelectorAll('meta[name="kept-clear"]')) forget(meta.content);
  const oldest = Date.now() - FORGET_AFTER_DAYS * 24 * 60 * 60 * 1000;
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) && !(read(key)?.at > oldest)) localStorage.removeItem(key);
  }
  start(document);
})();
