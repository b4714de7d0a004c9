// <button data-copy="#field"> puts what stands in a field on the clipboard; the field is selected as well, for
// browsers that keep the clipboard to themselves. <button data-print> prints the page.
(() => {
  "use strict";

  document.addEventListener("click", async (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    if (!field) return;
    field.focus();
    field.select();
    let said = button.dataset.copied;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      said = button.dataset.selected;
    }
    document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { text: said } }));
  });
})();
