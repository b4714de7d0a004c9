// Names and numbers, offered while somebody types: colleagues after "@" in a note, FTOP numbers by their name.
// <textarea data-suggest-at="/colleagues/"> asks for the word after "@", <input data-suggest="/tasks/find/"> for its value;
// the server answers {"found": [{"value", "label", "more"}]}. Arrows choose, Enter or Tab takes, Escape leaves.
(() => {
  "use strict";

  const AFTER = 150; // ms
  const WORD = /(?:^|[^\w@/.+-])@([\w.+-]*)$/;
  let open = null; // {field, list, options, at}
  let timer = null;
  let asked = 0;

  function wordIn(field) {
    if (field.dataset.suggest) return field.value.trim() ? { text: field.value.trim(), start: 0 } : null;
    if (field.selectionStart !== field.selectionEnd) return null;
    const before = field.value.slice(Math.max(0, field.selectionStart - 80), field.selectionStart);
    const found = WORD.exec(before);
    return found && { text: found[1], start: field.selectionStart - found[1].length - 1 };
  }

  function close() {
    if (!open) return;
    open.field.removeAttribute("aria-activedescendant");
    open.field.removeAttribute("aria-controls");
    open.list.remove();
    open = null;
  }

  function mark(at) {
    open.at = at;
    open.options.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    open.field.setAttribute("aria-activedescendant", open.options[at].id);
    open.options[at].scrollIntoView({ block: "nearest" });
  }

  function show(field, found) {
    close();
    if (!found.length || document.activeElement !== field) return;
    const list = document.createElement("ul");
    list.className = "suggest";
    list.id = "suggested";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.dataset.suggest ? "FTOP numbers" : "Colleagues");
    const options = found.map(({ value, label, more }, place) => {
      const option = document.createElement("li");
      option.id = `suggested-${place}`;
      option.setAttribute("role", "option");
      option.dataset.value = value;
      const name = document.createElement("span");
      name.className = "strong";
      name.textContent = field.dataset.suggest ? `${value} ${label}` : label;
      const rest = document.createElement("span");
      rest.className = "small muted";
      rest.textContent = field.dataset.suggest ? more : `${value}${more ? `, ${more}` : ""}`;
      option.append(name, " ", rest);
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(place);
      });
      return option;
    });
    list.append(...options);
    field.insertAdjacentElement("afterend", list);
    field.setAttribute("aria-controls", list.id);
    open = { field, list, options, at: 0 };
    mark(0);
    list.scrollIntoView({ block: "nearest" });
    window.deskText.say(`${found.length} found. Arrow keys choose, Enter takes.`);
  }

  function take(place) {
    const { field, options } = open;
    const value = options[place].dataset.value;
    const word = wordIn(field);
    close();
    if (!word) return;
    if (field.dataset.suggest) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      close();
      clearTimeout(timer);
      return;
    }
    const end = field.selectionStart;
    field.setSelectionRange(word.start, end);
    window.deskText.insert(field, `${value} `);
    clearTimeout(timer);
  }

  async function ask(field) {
    const word = wordIn(field);
    if (!word) return close();
    const number = ++asked;
    const url = `${field.dataset.suggest || field.dataset.suggestAt}?q=${encodeURIComponent(word.text)}`;
    try {
      const answer = await fetch(url, { redirect: "manual", headers: { Accept: "application/json" } });
      const { found } = answer.ok ? await answer.json() : { found: [] };
      const isSame = found.length === 1 && found[0].value === word.text;
      if (number === asked) show(field, isSame ? [] : found);
    } catch {
      close(); // without a connection, names are typed
    }
  }

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.dataset.suggest && !field.dataset.suggestAt) return;
    clearTimeout(timer);
    asked += 1;
    if (wordIn(field)) timer = setTimeout(() => ask(field), AFTER);
    else close();
  });

  // Before the page's own keys: Enter takes, it does not save; Escape leaves the list, not the field.
  document.addEventListener(
    "keydown",
    (event) => {
      if (!open || event.target !== open.field || event.ctrlKey || event.metaKey || event.isComposing) return;
      const last = open.options.length - 1;
      const moves = { ArrowDown: open.at === last ? 0 : open.at + 1, ArrowUp: open.at === 0 ? last : open.at - 1 };
      if (event.key in moves) mark(moves[event.key]);
      else if (event.key === "Enter" || event.key === "Tab") take(open.at);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("focusout", (event) => event.target === open?.field && close());
})();
