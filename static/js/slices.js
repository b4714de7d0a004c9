// The grid of a service's slices: totals follow the typing, reasons follow the status, the rest can be placed.
// The form carries data-slices with the seats that the feed says; the server draws and checks the same.
(() => {
  "use strict";

  const number = (text) => parseInt(String(text).replace(/[^0-9]/g, ""), 10) || 0;
  const said = (count) => count.toLocaleString("en-US");
  const counts = (form) => [...form.querySelectorAll("[data-slice] [name$='-count']")];

  function available(form) {
    const override = form.querySelector("[name=entitlements_override]")?.value.trim();
    return override ? number(override) : number(form.dataset.slices);
  }

  function show(form) {
    const total = available(form);
    const placed = counts(form).reduce((sum, field) => sum + number(field.value), 0);
    const missing = total - placed;
    const note = form.querySelector("[data-difference]");
    if (note.getAttribute("role") !== "alert" || missing) note.hidden = missing === 0;
    for (const [way, isIt] of [["missing", missing > 0], ["over", missing < 0]]) {
      const part = note.querySelector(`[data-${way}]`);
      part.hidden = !isIt;
      part.querySelector("[data-number]").textContent = said(Math.abs(missing));
    }
    for (const place of form.querySelectorAll("[data-available]")) place.textContent = said(total);
    const sum = form.querySelector("[data-total]");
    sum.firstChild.textContent = `${said(placed)} of `;
    sum.classList.toggle("c-red", missing !== 0);
    const left = form.querySelector("[data-left]");
    left.textContent = missing > 0 ? `${said(missing)} left to place` : missing < 0 ? `${said(-missing)} too many` : "";
  }

  function narrow(row) {
    // A row that takes any status offers the reasons of the one that is chosen.
    const l1 = row.querySelector("select[name$='-l1']");
    const why = row.querySelector("select[name$='-why']");
    if (!l1 || !why) return;
    for (const group of why.querySelectorAll("optgroup")) {
      const fits = !l1.value || group.querySelector("option").value.startsWith(`${l1.value}/`);
      group.hidden = group.disabled = !fits;
    }
    if (why.selectedOptions[0]?.parentElement.disabled) why.value = "";
  }

  function follow(form) {
    const on = form.querySelector("[name=due_on]")?.value;
    const day = on && new Date(`${on}T00:00:00`);
    const words = day && !isNaN(day) ? `, ${day.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })}` : "";
    for (const hint of form.querySelectorAll("[data-follows]")) hint.textContent = `Empty: the due date${words}`;
  }

  function begin() {
    for (const form of document.querySelectorAll("form[data-slices]")) {
      form.querySelectorAll("[data-slice]").forEach(narrow);
      form.querySelector("[data-place]").type = "button"; // does it here; without script the server does
    }
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-slices]");
    if (!form) return;
    if (event.target.name === "due_on") follow(form);
    if (event.target.matches("select[name$='-l1']")) narrow(event.target.closest("[data-slice]"));
    show(form);
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-place]")?.form;
    if (!form) return;
    const field = form.querySelector("[data-slice=status-unknown] [name$='-count']");
    const missing = available(form) - counts(form).reduce((sum, one) => sum + number(one.value), 0);
    field.value = said(number(field.value) + missing);
    show(form);
    field.focus();
  });
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();
