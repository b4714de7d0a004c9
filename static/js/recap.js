// A recap before it leaves: the link to the mail program follows what is typed and ticked, and the line of the next
// action comes and goes with its tick. Without scripts both stand as the server drew them.
(() => {
  "use strict";

  const part = (form, name) => form.querySelector(`[name=${name}]`);

  function follow(form) {
    const link = form.querySelector("[data-mailto]");
    if (!link) return;
    const to = [...form.querySelectorAll("[name=to]:checked")].map((box) => box.dataset.email).filter(Boolean);
    const say = (name, text) => `${name}=${encodeURIComponent(text.replace(/\r?\n/g, "\r\n"))}`;
    const start = `mailto:${to.map((one) => encodeURIComponent(one).replace("%40", "@")).join(",")}?${say("subject", part(form, "subject").value)}`;
    const whole = `${start}&${say("body", part(form, "body").value)}`;
    const fits = whole.length <= Number(link.dataset.mailto);
    link.href = fits ? whole : start;
    form.querySelector("[data-too-long]").hidden = fits;
  }

  function putNext(form, tick) {
    const body = part(form, "body");
    const line = tick.dataset.next;
    const without = body.value.replace(`\n\n${line}`, "").replace(line, "");
    if (!tick.checked) {
      body.value = without;
      return;
    }
    const end = without.lastIndexOf("\n\nKind regards");
    body.value = end < 0 ? `${without.trimEnd()}\n\n${line}` : `${without.slice(0, end)}\n\n${line}${without.slice(end)}`;
  }

  function start() {
    for (const row of document.querySelectorAll("[data-next-row]")) row.hidden = false;
    for (const form of document.querySelectorAll("form[data-recap]")) follow(form);
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-recap]");
    if (!form) return;
    if (event.target.matches("[data-next]")) putNext(form, event.target);
    follow(form);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-recap]");
    if (form) follow(form);
  });
  window.addEventListener("pageshow", start);
  document.addEventListener("htmx:afterSettle", start);
})();
