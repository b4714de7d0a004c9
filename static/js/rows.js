// Lists: moving between rows, and selecting rows for work on many.
// [data-rows] holds [data-row]s; a row's [data-act], else [data-open], takes the focus, so Enter is the browser's own.
(() => {
  "use strict";

  const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.offsetParent);
  const current = () => document.activeElement?.closest("[data-row]") || document.querySelector("[data-row].is-focus");
  const handle = (row) => ["[data-act]", "[data-open]", "a, button, input"].map((way) => row.querySelector(way)).find(Boolean);
  let lastTicked = null;

  function mark(row) {
    document.querySelectorAll("[data-row].is-focus").forEach((other) => other.classList.toggle("is-focus", other === row));
    row.classList.add("is-focus");
  }

  function move(by) {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(current());
    const isInside = document.activeElement?.closest("[data-row]");
    const next = at < 0 ? 0 : isInside ? Math.min(Math.max(at + by, 0), all.length - 1) : at;
    (handle(all[next]) || all[next]).focus();
    all[next].scrollIntoView({ block: "nearest" });
    return true;
  }

  function press(what) {
    const control = current()?.querySelector(`[data-${what}]`);
    control?.click();
    return Boolean(control);
  }

  function tick(isRange) {
    const row = document.activeElement?.closest("[data-row], [data-item]") || current();
    const box = row?.querySelector("input[type=checkbox], input[type=radio]");
    if (!box) return false;
    const since = lastTicked;
    box.click();
    if (isRange && since) {
      const all = rows();
      const [from, to] = [all.indexOf(since), all.indexOf(row)].sort((a, b) => a - b);
      for (const between of all.slice(Math.max(from, 0), to + 1)) {
        const other = between.querySelector("input[type=checkbox]");
        if (other && other.checked !== box.checked) other.click();
      }
    }
    return true;
  }

  function showSelection() {
    const bar = document.querySelector("[data-selbar]");
    const boxes = [...document.querySelectorAll("input[data-select]")];
    for (const box of boxes) box.closest("tr")?.classList.toggle("is-sel", box.checked);
    if (!bar) return;
    const count = boxes.filter((box) => box.checked).length;
    bar.hidden = count === 0;
    const say = bar.querySelector("[data-selected]");
    if (say) say.textContent = `${count} selected`;
    const all = document.querySelector("input[data-select-all]");
    if (!all) return;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) mark(row);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[data-select-all]")) {
      document.querySelectorAll("input[data-select]").forEach((box) => (box.checked = event.target.checked));
    }
    if (event.target.matches("input[data-select], input[data-select-all]")) showSelection();
    if (event.target.matches("input[data-select]")) lastTicked = event.target.closest("[data-row]");
  });
  document.addEventListener("htmx:afterSettle", showSelection);
  window.addEventListener("pageshow", showSelection);

  window.deskRows = { move, press, tick };
})();
