// The agenda of a review as a timer: start and pause, next item, minutes left of each item and of all.
// <section data-agenda="review-7"> holds li[data-minutes]. What runs is kept for this tab, so that a reload goes on.
// It speaks when an item begins and when its time is up, never in between.
(() => {
  "use strict";

  const section = document.querySelector("[data-agenda]");
  if (!section) return;
  const slot = `desk.agenda.${section.dataset.agenda}`;
  const items = [...section.querySelectorAll("[data-minutes]")];
  const planned = items.map((item) => Number(item.dataset.minutes) * 60);
  const start = section.querySelector("[data-agenda-start]");
  const next = section.querySelector("[data-agenda-next]");
  const anew = section.querySelector("[data-agenda-reset]");
  const all = section.querySelector("[data-agenda-all]");
  const voice = section.querySelector("[data-agenda-say]");
  const allPlanned = all.textContent;
  // at: the item that runs; spent: seconds of each; since: when it began to run, in milliseconds, or null.
  let state = { at: 0, spent: planned.map(() => 0), since: null, begun: false };

  function read() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(slot));
      if (kept && kept.spent.length === items.length && kept.at < items.length) state = kept;
    } catch {
      // nothing was kept, or it is not ours
    }
  }

  function keep() {
    try {
      sessionStorage.setItem(slot, JSON.stringify(state));
    } catch {
      // a window without storage forgets on reload
    }
  }

  const running = () => (state.since === null ? 0 : (Date.now() - state.since) / 1000);
  const spentOf = (at) => state.spent[at] + (at === state.at ? running() : 0);
  const leftOf = (at) => Math.round(planned[at] - spentOf(at));

  function clock(seconds) {
    const value = Math.abs(seconds);
    const said = `${Math.floor(value / 60)}:${String(value % 60).padStart(2, "0")}`;
    return seconds < 0 ? `${said} over` : said;
  }

  function say(text) {
    voice.textContent = text;
  }

  let warned = null;
  function draw() {
    let total = 0;
    items.forEach((item, at) => {
      const left = item.querySelector("[data-left]");
      const seconds = leftOf(at);
      const isPast = state.begun && at < state.at;
      const isNow = state.begun && at === state.at;
      if (at >= state.at) total += Math.max(seconds, 0);
      item.classList.toggle("is-now", isNow);
      item.classList.toggle("is-past", isPast);
      item.classList.toggle("is-over", isNow && seconds < 0);
      if (isNow) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      if (isPast) left.textContent = `took ${clock(Math.round(spentOf(at)))}`;
      else if (isNow) left.textContent = clock(seconds);
      else left.textContent = `${planned[at] / 60} min`;
    });
    all.textContent = state.begun ? `${Math.ceil(total / 60)} of ${allPlanned} left` : allPlanned;
    start.textContent = state.since !== null ? "Pause" : state.begun ? "Go on" : "Start";
    next.hidden = !state.begun || state.at === items.length - 1;
    anew.hidden = !state.begun;
    if (state.since !== null && leftOf(state.at) < 0 && warned !== state.at) {
      warned = state.at;
      say(`Time is up: ${title(state.at)}.`);
    }
  }

  const title = (at) => items[at].querySelector("span").textContent;
  const minutes = (at) => `${planned[at] / 60} minute${planned[at] === 60 ? "" : "s"}`;

  function pause() {
    state.spent[state.at] += running();
    state.since = null;
  }

  start.addEventListener("click", () => {
    if (state.since !== null) {
      pause();
      say("Paused.");
    } else {
      say(state.begun ? `Going on: ${title(state.at)}.` : `${title(state.at)}, ${minutes(state.at)}.`);
      state.begun = true;
      state.since = Date.now();
    }
    keep();
    draw();
  });
  next.addEventListener("click", () => {
    const isRunning = state.since !== null;
    pause();
    state.at += 1;
    if (isRunning) state.since = Date.now();
    say(`${title(state.at)}, ${minutes(state.at)}.`);
    keep();
    draw();
    if (next.hidden) start.focus();
  });
  anew.addEventListener("click", () => {
    state = { at: 0, spent: planned.map(() => 0), since: null, begun: false };
    warned = null;
    say("The agenda begins anew.");
    keep();
    draw();
    start.focus();
  });

  read();
  if (state.since !== null && leftOf(state.at) < 0) warned = state.at; // said before the reload
  section.querySelector("[data-agenda-acts]").hidden = false;
  draw();
  setInterval(() => state.since !== null && draw(), 1000);
})();
