// What helps to write a note: templates that join what is typed without destroying it (R53), a preview by the server's
// own renderer, and what each category is for. Text is put in as if typed, so that Ctrl+Z takes it out again.
(() => {
  "use strict";

  const HEADING = /^#{1,6}[ \t]+(\S.*)/;
  // Not by a pattern, which would begin anew at each of many marks.
  function without(marks, text) {
    let end = text.length;
    while (end && marks.includes(text[end - 1])) end -= 1;
    return text.slice(0, end);
  }
  const keyOf = (heading) => without(":", (without(" \t#", heading) || heading).toLocaleLowerCase().split(/\s+/).filter(Boolean).join(" "));
  const headings = (text) => text.split("\n").flatMap((line) => (HEADING.test(line) ? [keyOf(HEADING.exec(line)[1])] : []));

  // As engagements/note_templates.py.
  function missing(typed, template) {
    const sections = [[]];
    for (const line of template.trim().split("\n")) {
      if (HEADING.test(line)) sections.push([]);
      sections.at(-1).push(line);
    }
    const there = new Set(headings(typed));
    return sections
      .map((lines) => lines.join("\n").trim())
      .filter((text) => text && !headings(text).some((heading) => there.has(heading)) && !typed.includes(text));
  }

  function say(text) {
    const place = document.getElementById("announce");
    if (place) place.textContent = text;
  }

  // The browser's own undo keeps what execCommand puts in; where it is missing, the text still comes in.
  function insert(area, text) {
    area.focus();
    if (document.execCommand("insertText", false, text)) return;
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function insertTemplate(form) {
    const area = form.elements.body;
    const body = form.elements.template.selectedOptions[0]?.dataset.body || "";
    const added = missing(area.value, body);
    write(form);
    if (!added.length) {
      area.focus();
      say("Everything of the template is there already.");
      return;
    }
    const end = area.value.length;
    const isEmpty = !area.value.trim();
    area.focus();
    area.setSelectionRange(isEmpty ? 0 : end, end);
    const gap = isEmpty ? "" : area.value.endsWith("\n\n") ? "" : area.value.endsWith("\n") ? "\n" : "\n\n";
    insert(area, `${gap}${added.join("\n\n")}\n`);
    const start = isEmpty ? 0 : end + gap.length;
    const first = area.value.indexOf("\n", start);
    const place = first < 0 ? area.value.length : first + 1;
    const lineEnd = area.value.indexOf("\n", place);
    area.setSelectionRange(...Array(2).fill(lineEnd < 0 ? area.value.length : lineEnd));
    say(added.length === 1 ? "One part of the template inserted." : `${added.length} parts of the template inserted.`);
  }

  const rowOf = (area) => area.closest(".row-f");

  function write(form) {
    const region = form.querySelector("#note-preview");
    const button = form.querySelector("[data-preview]");
    if (!region || !button) return;
    region.hidden = true;
    rowOf(form.elements.body).hidden = false;
    button.textContent = "Preview";
    button.classList.remove("is-on");
  }

  async function preview(form) {
    const button = form.querySelector("[data-preview]");
    const region = form.querySelector("#note-preview");
    if (button.classList.contains("is-on")) {
      write(form);
      form.elements.body.focus();
      return;
    }
    const sent = new FormData();
    sent.set("body", form.elements.body.value);
    try {
      const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
      const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: sent, headers, redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      region.innerHTML = await answer.text();
    } catch {
      region.textContent = "The preview cannot be drawn just now. What you typed is still there.";
    }
    region.hidden = false;
    rowOf(form.elements.body).hidden = true;
    button.textContent = "Write";
    button.classList.add("is-on");
    say("Preview");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert], [data-preview]");
    if (!button) return;
    event.preventDefault();
    if (button.matches("[data-insert]")) insertTemplate(button.form);
    else preview(button.form);
  });

  // A browser cannot point at a field that the preview hides.
  document.addEventListener("invalid", (event) => event.target.form?.dataset.place && write(event.target.form), true);

  // Enter in the select of templates inserts; elsewhere it would save a note that is not finished.
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-template]") || event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    insertTemplate(event.target.form);
  });

  function followCategory(select) {
    const form = select.form;
    const guide = form.querySelector("[data-guide]");
    if (guide) guide.textContent = select.selectedOptions[0]?.dataset.say || "";
    const group = form.querySelector(`[data-template] [data-category="${CSS.escape(select.value)}"]`);
    if (group?.firstElementChild) group.firstElementChild.selected = true;
  }

  document.addEventListener("change", (event) => {
    if (event.target.name === "category" && event.target.form?.dataset.place) followCategory(event.target);
  });

  function begin() {
    for (const select of document.querySelectorAll("form[data-place] select[name=category]")) {
      if (select.dataset.ready) continue;
      select.dataset.ready = "1";
      followCategory(select);
    }
  }
  document.addEventListener("desk:restored", (event) => {
    const select = event.target.elements?.category;
    if (select) followCategory(select);
  });
  document.addEventListener("htmx:afterSettle", begin);
  begin();

  window.deskText = { insert, say };
})();
