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

  // Rows that were selected and stand on another page, or behind another filter, by now: hidden fields of the bar.
  function keepSelection() {
    const away = document.querySelector("[data-kept]");
    if (!away) return;
    for (const box of document.querySelectorAll("input[data-select]")) {
      const kept = away.querySelector(`input[value="${CSS.escape(box.value)}"]`);
      if (!kept) continue;
      box.checked = true;
      kept.remove();
    }
  }

  function leaveSelection(list) {
    const away = document.querySelector("[data-kept]");
    for (const box of away ? list.querySelectorAll("input[data-select]:checked") : []) {
      const kept = document.createElement("input");
      Object.assign(kept, { type: "hidden", name: box.name, value: box.value });
      away.append(kept);
    }
  }

  function showSelection() {
    const bar = document.querySelector("[data-selbar]");
    const boxes = [...document.querySelectorAll("input[data-select]")];
    for (const box of boxes) box.closest("tr")?.classList.toggle("is-sel", box.checked);
    if (!bar) return;
    const count = boxes.filter((box) => box.checked).length;
    const away = bar.querySelectorAll("[data-kept] input").length;
    const found = bar.querySelector("input[data-select-found]:checked");
    bar.hidden = count + away === 0 && !found;
    const say = bar.querySelector("[data-selected]");
    const elsewhere = away ? `, ${away} of them not shown` : "";
    if (say) say.textContent = found ? `${found.dataset.selectFound} selected` : `${count + away} selected${elsewhere}`;
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
    if (event.target.matches("input[data-select], input[data-select-all], input[data-select-found]")) showSelection();
    if (event.target.matches("input[data-select]")) lastTicked = event.target.closest("[data-row]");
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-select-none]")) return;
    document.querySelectorAll("input[data-select], input[data-select-found]").forEach((box) => (box.checked = false));
    document.querySelectorAll("[data-kept] input").forEach((kept) => kept.remove());
    showSelection();
  });
  document.addEventListener("htmx:beforeSwap", (event) => event.detail.shouldSwap && leaveSelection(event.detail.target));
  document.addEventListener("htmx:afterSettle", () => {
    keepSelection();
    showSelection();
  });
  window.addEventListener("pageshow", showSelection);

  window.deskRows = { move, press, tick };
})();
