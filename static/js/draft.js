// A note that is being written is kept by the server every few seconds, so that a crash, an ended session or another
// device loses nothing. What cannot reach the server stays on this device (keep.js). The answer also names the lines of
// the step that the text seems to document: they are proposed, never ticked by themselves.
(() => {
  "use strict";

  const EVERY = 2000; // ms; well below the five seconds that may be lost
  const AT_ONCE = 60_000; // bytes that a browser still sends while a page closes
  const states = new WeakMap();

  const composers = () => document.querySelectorAll("form[data-draft-url]");
  const isReady = (form) => form.isConnected && form.elements.body;
  const openLines = () =>
    [...document.querySelectorAll('[form="composer"][name^="documents"]')].filter((tick) => tick.value && !tick.checked);

  function stateOf(form) {
    if (!states.has(form)) states.set(form, { timer: null, busy: false, again: false, rests: false, said: "" });
    return states.get(form);
  }

  function typed(form) {
    const sent = new FormData(form);
    sent.set("place", form.dataset.place);
    sent.set("version", form.elements.draft_version.value || "0");
    return sent;
  }

  // Two texts are the same draft when all that is kept of them is.
  function text(sent) {
    const own = ["csrfmiddlewaretoken", "version", "draft_version", "token", "place", "template"];
    return JSON.stringify([...sent].filter(([name]) => !own.includes(name)));
  }

  function later(form) {
    const state = stateOf(form);
    if (state.rests || state.timer) return;
    state.timer = setTimeout(() => keep(form), EVERY);
  }

  async function keep(form) {
    const state = stateOf(form);
    state.timer = null;
    if (state.busy) {
      state.again = true;
      return;
    }
    if (!isReady(form) || state.rests) return;
    const length = form.elements.body.value.length;
    if (length > Number(form.elements.body.dataset.longest)) {
      tell(form, `Not kept: this text has ${length.toLocaleString("en")} characters, too many for one note.`, []);
      return;
    }
    const sent = typed(form);
    const said = text(sent);
    if (said === state.said) return;
    for (const tick of openLines()) sent.append("line", tick.value);
    state.busy = true;
    try {
      const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: sent, headers, redirect: "manual" });
      if (form.isConnected && !state.rests) await follow(form, answer, said);
    } catch {
      if (form.isConnected) onDevice(form, "no connection");
    }
    state.busy = false;
    if (state.again || text(typed(form)) !== said) {
      state.again = false;
      later(form);
    }
  }

  async function follow(form, answer, said) {
    if (answer.type === "opaqueredirect" || answer.status === 401) return onDevice(form, "you are signed out");
    if (answer.status >= 500 || answer.status === 403 || answer.status === 404) return onDevice(form, "not by the server");
    const told = await answer.json();
    if (!answer.ok) return tell(form, told.say, []);
    if (told.token) {
      form.elements.token.value = told.token;
      form.elements.draft_version.value = told.version;
    }
    if (told.how === "empty") form.elements.draft_version.value = "";
    tell(form, told.say, told.links);
    propose(told.seems);
    if (told.how === "full") return onDevice(form, "");
    stateOf(form).said = said;
    const place = form.querySelector("[data-kept]");
    if (text(typed(form)) === said) form.dispatchEvent(new CustomEvent("desk:synced", { bubbles: true }));
    if (place) place.textContent = told.kept || "";
  }

  function onDevice(form, why) {
    const place = form.querySelector("[data-kept]");
    const clock = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    if (place) place.textContent = `Kept on this device ${clock}${why ? `, ${why}` : ""}`;
    stateOf(form).timer ||= setTimeout(() => keep(form), 5 * EVERY); // until it can be kept for good
  }

  function tell(form, words, links) {
    const place = form.querySelector("[data-draft-say]");
    if (!place || (!words && place.hidden)) return;
    if (!words && place.dataset.lasting) return; // an offer stays until it was taken
    place.hidden = !words;
    place.dataset.lasting = links.length ? "1" : "";
    place.replaceChildren(words || "");
    for (const { label, url } of links) {
      const link = document.createElement("a");
      link.href = url;
      link.textContent = label;
      place.append(" ", link);
    }
  }

  // The line "seems documented" beside its item, and in the composer with a button that ticks it.
  function propose(ids) {
    const seems = new Set(ids.map(String));
    const found = openLines().filter((tick) => seems.has(tick.value));
    for (const row of document.querySelectorAll("[data-item].is-likely")) row.classList.remove("is-likely");
    for (const word of document.querySelectorAll("[data-likely]")) word.remove();
    for (const tick of found) {
      const row = tick.closest("[data-item]");
      row?.classList.add("is-likely");
      const word = document.createElement("span");
      word.className = "likely";
      word.dataset.likely = "";
      word.textContent = "Seems documented";
      row?.querySelector("[data-word]")?.append(word);
    }
    const box = document.querySelector("[data-seems]");
    if (!box) return;
    box.hidden = !found.length;
    box.querySelector("[data-seems-list]").replaceChildren(...found.map(offer));
  }

  function offer(tick) {
    const line = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = tick.dataset.short;
    const put = document.createElement("button");
    put.type = "button";
    put.className = "b-link";
    put.textContent = "Put in";
    put.setAttribute("aria-label", `Put in: ${tick.dataset.short}`);
    put.addEventListener("click", () => {
      tick.checked = true;
      tick.dispatchEvent(new Event("change", { bubbles: true }));
      (document.querySelector("[data-seems-list] button") || document.querySelector("[data-picked-list] button:last-of-type"))?.focus();
    });
    line.append(words, put);
    return line;
  }

  function onChange(event) {
    const form = event.target.form;
    if (form?.dataset.draftUrl) later(form);
    if (event.target.name?.startsWith("documents")) {
      const kept = [...document.querySelectorAll("[data-item].is-likely")]
        .flatMap((row) => [...row.querySelectorAll('[name^="documents"]')])
        .filter((tick) => !tick.checked)
        .map((tick) => tick.value);
      propose(kept);
    }
  }
  document.addEventListener("input", onChange);
  document.addEventListener("change", onChange);
  document.addEventListener("desk:restored", (event) => event.target.dataset.draftUrl && later(event.target));

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target.closest("form[data-draft-url]");
    if (!form || event.target !== form) return;
    clearTimeout(stateOf(form).timer);
    Object.assign(stateOf(form), { timer: null, rests: true });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-draft-url]");
    if (form && event.target === form) stateOf(form).rests = false;
  });

  window.addEventListener("pagehide", () => {
    for (const form of composers()) {
      const state = stateOf(form);
      if (!state.timer || state.rests) continue;
      const sent = typed(form);
      if (form.elements.body.value.length > AT_ONCE / 4) continue;
      const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
      fetch(form.dataset.draftUrl, { method: "POST", body: sent, headers, keepalive: true, redirect: "manual" }).catch(() => {});
    }
  });

  // A draft that the page came with is known to the server already; what this device kept beyond it is not.
  function begin() {
    for (const form of composers()) {
      if (form.dataset.draftReady) continue;
      form.dataset.draftReady = "1";
      if (form.dataset.draftAt && !form.dataset.restored) stateOf(form).said = text(typed(form));
      else if (form.elements.body.value.trim()) later(form);
    }
  }
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();
