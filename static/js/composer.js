// The checklist beside the note: a tick means "this note will document it". It fills the composer's list, the gate
// bar's "after this note" and the half rings of its blockers. Nothing is satisfied until the note is saved.
(() => {
  "use strict";

  const TICKS = 'input[form="composer"][name^="documents"]';
  const words = { open: "Open", route: "Not chosen", note: "In this note", chosen: "Chosen" };

  const ticks = () => [...document.querySelectorAll(TICKS)];
  const documented = () => ticks().filter((tick) => tick.checked && tick.value);

  function showRow(tick) {
    const row = tick.closest("[data-item]");
    if (!row) return;
    const isRoute = tick.type === "radio";
    const state = tick.checked ? (tick.value ? "note" : "chosen") : "open";
    row.dataset.item = state;
    row.classList.toggle("is-note", state === "note");
    if (isRoute) row.classList.toggle("is-picked", state !== "open");
    const word = row.querySelector("[data-word]");
    if (word) word.textContent = isRoute && state === "open" ? words.route : words[state];
  }

  function showPicked(picked) {
    const box = document.querySelector("[data-picked]");
    if (!box) return;
    box.hidden = picked.length === 0;
    box.querySelector("[data-picked-say]").textContent = `Documents ${picked.length} ${picked.length === 1 ? "item" : "items"}`;
    box.querySelector("[data-picked-list]").replaceChildren(
      ...picked.map((tick) => {
        const line = document.createElement("li");
        const text = document.createElement("span");
        text.textContent = tick.dataset.short;
        const out = document.createElement("button");
        out.type = "button";
        out.className = "b-link";
        out.textContent = "Take out";
        out.setAttribute("aria-label", `Take out: ${tick.dataset.short}`);
        out.addEventListener("click", () => {
          tick.checked = false;
          tick.dispatchEvent(new Event("change", { bubbles: true }));
          (document.querySelector("[data-picked-list] button") || tick).focus();
        });
        line.append(text, out);
        return line;
      }),
    );
  }

  function showGate(picked) {
    const gate = document.getElementById("gate");
    if (!gate) return;
    const covered = picked.filter((tick) => "counts" in tick.dataset);
    const rows = new Set(covered.map((tick) => `#${tick.closest("[data-item]")?.id}`));
    const after = gate.querySelector("[data-gate-after]");
    if (after) after.textContent = covered.length ? `, ${Math.max(0, gate.dataset.left - covered.length)} after this note` : "";
    for (const link of gate.querySelectorAll("[data-blocker]")) {
      const isCovered = rows.has(link.getAttribute("href"));
      link.classList.toggle("is-covered", isCovered);
      link.querySelector("[data-covered]").textContent = isCovered ? ", in this note" : "";
    }
    const count = gate.querySelector("[data-picked-count]");
    if (count) count.textContent = picked.length ? `, ${picked.length}` : "";
  }

  function show() {
    if (!document.getElementById("composer")) return;
    ticks().forEach(showRow);
    const picked = documented();
    showPicked(picked);
    showGate(picked);
  }

  function showCount(place) {
    const field = document.getElementById(place.dataset.countFor);
    if (field) place.textContent = `${field.value.length} of ${place.dataset.countOf}`;
  }
  const showCounts = () => document.querySelectorAll("[data-count-for]").forEach(showCount);

  // The items of a route that closes leave the note; what earlier notes documented stays on the server.
  function closeOtherRoutes(radio) {
    const isElsewhere = (tick) => !radio.closest(".route").contains(tick);
    const inGroup = [...radio.closest("fieldset").querySelectorAll(`${TICKS}[type=checkbox]`)];
    inGroup.filter(isElsewhere).forEach((tick) => (tick.checked = false));
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches(TICKS)) return;
    if (event.target.type === "radio") closeOtherRoutes(event.target);
    show();
  });
  document.addEventListener("input", showCounts);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pick-all]");
    if (!button) return;
    const scope = document.querySelector(button.dataset.pickAll);
    const boxes = [...(scope?.querySelectorAll(`${TICKS}[type=checkbox]`) || [])];
    boxes.filter((box) => box.offsetParent).forEach((box) => (box.checked = true)); // a closed route keeps its items out
    boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
    show();
  });
  for (const moment of ["desk:restored", "htmx:afterSettle"]) {
    document.addEventListener(moment, () => {
      show();
      showCounts();
    });
  }
  window.addEventListener("pageshow", () => {
    show(); // browsers put ticks back on their own
    showCounts();
  });
})();
