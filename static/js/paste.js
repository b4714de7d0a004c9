// What is pasted into a note from Word, Outlook or the web keeps its lists, links, headings, bold words and tables, as
// Markdown. The copied page is only read, never put into this one. Too much at once is said, and nothing is lost.
(() => {
  "use strict";

  const MOST_HTML = 2_000_000; // characters; beyond, its plain text will do
  const BLOCKS = "ADDRESS ARTICLE ASIDE DIV DL DT DD FIGURE FOOTER HEADER MAIN NAV P SECTION".split(" ");
  const BLOCK = "address,article,aside,div,dl,dt,dd,figure,footer,header,main,nav,p,section,ul,ol,table,blockquote,pre,h1,h2,h3,h4,h5,h6,hr";
  const SKIPPED = "SCRIPT STYLE TEMPLATE HEAD TITLE META LINK NOSCRIPT IFRAME OBJECT SVG MATH".split(" ");
  const isLink = (href) => /^(https?:\/\/|mailto:)/i.test(href) && !/[\s<>()]/.test(href);
  const tidy = (text) => text.replace(/[\u00a0\s]+/g, " ");

  const linesOf = (text) => text.split("\n").map((line) => line.trim());

  function around(mark, text) {
    const words = text.trim();
    if (!words) return text;
    const start = text.length - text.trimStart().length;
    return `${text.slice(0, start)}${mark}${words}${mark}${text.slice(start + words.length)}`;
  }

  const styleOf = (node) => node.dataset.style || "";
  const isLight = (node) => /font-weight:\s*(normal|[1-4]00)/i.test(styleOf(node));
  const isHeavy = (node) => /font-weight:\s*(bold|[6-9]00)/i.test(styleOf(node));
  const isBold = (node) => (/^(B|STRONG)$/.test(node.tagName) && !isLight(node)) || (node.tagName === "SPAN" && isHeavy(node));

  // Words within a line; markup that a note does not know leaves its words.
  function inline(node) {
    if (node.nodeType === Node.TEXT_NODE) return tidy(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || SKIPPED.includes(node.tagName.toUpperCase())) return "";
    if (node.tagName === "BR") return "\n";
    const words = [...node.childNodes].map(inline).join("");
    const href = node.tagName === "A" ? node.getAttribute("href") || "" : "";
    if (isLink(href) && words.trim()) return words.trim() === href ? href : `[${words.trim().replace(/[[\]]/g, "")}](${href})`;
    if (isBold(node)) return around("**", words);
    if (/^(I|EM)$/.test(node.tagName)) return around("*", words);
    return words;
  }

  const isBlock = (node) =>
    node.nodeType === Node.ELEMENT_NODE && (BLOCKS.includes(node.tagName) || /^(UL|OL|TABLE|BLOCKQUOTE|PRE|H[1-6]|HR)$/.test(node.tagName));

  function table(node) {
    const rows = [...node.rows].map((row) => [...row.cells].map((cell) => inline(cell).trim().replace(/\s+/g, " ").replace(/\|/g, "\\|")));
    const width = Math.max(0, ...rows.map((row) => row.length));
    if (width < 2) return rows.map((row) => row.join("")).filter(Boolean).join("\n\n");
    const line = (cells) => `| ${Array.from({ length: width }, (_, at) => cells[at] || "").join(" | ")} |`;
    return [line(rows[0]), line(Array(width).fill("---")), ...rows.slice(1).map(line)].join("\n");
  }

  function list(node, indent) {
    let number = Number(node.getAttribute("start")) || 1;
    const lines = [];
    for (const item of node.children) {
      if (/^(UL|OL)$/.test(item.tagName)) {
        lines.push(list(item, `${indent}  `)); // as Outlook nests them
        continue;
      }
      if (item.tagName !== "LI") continue;
      const mark = node.tagName === "OL" ? `${number++}. ` : "- ";
      const inner = [...item.childNodes].filter((child) => /^(UL|OL)$/.test(child.nodeName));
      const words = [...item.childNodes].filter((child) => !/^(UL|OL)$/.test(child.nodeName)).map(inline).join("");
      lines.push(`${indent}${mark}${linesOf(words).filter(Boolean).join(" ")}`);
      for (const below of inner) lines.push(list(below, indent + " ".repeat(mark.length)));
    }
    return lines.join("\n");
  }

  // Word writes lists as paragraphs with a bullet or number in front.
  function listItem(node) {
    if (!/mso-list:/.test(styleOf(node)) && !/^MsoListParagraph/.test(node.className)) return null;
    const level = Number(/level(\d)/.exec(styleOf(node))?.[1] || 1);
    const words = tidy(inline(node)).trim();
    const found = /^(\(?(\d+|[a-z])[.)]|[·•o§\u00b7\u25aa\u25cf-])\s+([^]*)$/.exec(words);
    const mark = found && /^\(?\d/.test(found[1]) ? `${parseInt(found[1].replace("(", ""), 10)}. ` : "- ";
    return `${"   ".repeat(level - 1)}${mark}${found ? found[3] : words}`;
  }

  // Everything that has a block inside; each element is looked at once, however deep the blocks stand.
  function holdersOf(page) {
    const found = new Set();
    for (const block of page.querySelectorAll(BLOCK)) {
      for (let above = block.parentNode; above && !found.has(above); above = above.parentNode) found.add(above);
    }
    return found;
  }

  function blocks(parent, holders) {
    const found = [];
    let words = "";
    const flush = () => {
      const text = linesOf(words).join("\n").trim();
      if (text) found.push({ text });
      words = "";
    };
    for (const node of parent.childNodes) {
      if (!isBlock(node)) {
        if (!holders.has(node)) words += inline(node);
        else {
          flush();
          for (const one of blocks(node, holders)) found.push(one);
        }
        continue;
      }
      flush();
      const item = node.tagName === "P" ? listItem(node) : null;
      if (item) found.push({ text: item, item: true });
      else if (/^H[1-6]$/.test(node.tagName)) found.push({ text: `${"#".repeat(Math.max(2, Number(node.tagName[1])))} ${inline(node).trim().replace(/\n/g, " ")}` });
      else if (/^(UL|OL)$/.test(node.tagName)) found.push({ text: list(node, "") });
      else if (node.tagName === "TABLE") found.push({ text: table(node) });
      else if (node.tagName === "PRE") found.push({ text: `\`\`\`\n${node.textContent.replace(/\n$/, "")}\n\`\`\`` });
      else if (node.tagName === "HR") found.push({ text: "---" });
      else if (node.tagName === "BLOCKQUOTE") found.push({ text: join(blocks(node, holders)).replace(/^/gm, "> ") });
      else for (const one of blocks(node, holders)) found.push(one);
    }
    flush();
    return found.filter(({ text }) => text.replace(/^#+ $/, "").trim());
  }

  const join = (found) => found.map(({ text, item }, at) => (at ? (item && found[at - 1].item ? "\n" : "\n\n") : "") + text).join("");

  // Styles are only read for their words: as attributes and sheets of their own the page's policy would refuse them.
  function asleep(html) {
    const tags = /<[^<>]*>/g;
    const kept = without("script", without("style", html));
    return kept.replace(tags, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));
  }

  // One search for the end of each, and none once there is no end any more.
  function without(name, html) {
    const opens = new RegExp(`<${name}\\b`, "gi");
    const closes = new RegExp(`</${name}\\s*>`, "gi");
    const kept = [];
    let at = 0;
    for (let open = opens.exec(html); open; open = opens.exec(html)) {
      closes.lastIndex = open.index;
      const close = closes.exec(html);
      if (!close) break;
      kept.push(html.slice(at, open.index));
      at = closes.lastIndex;
      opens.lastIndex = at;
    }
    return kept.join("") + html.slice(at);
  }

  function markdown(html) {
    const page = new DOMParser().parseFromString(asleep(html), "text/html"); // inert: nothing in it runs or loads
    return join(blocks(page.body, holdersOf(page)));
  }

  // Whether there is anything that plain text would lose.
  const isWorth = (html) => /<(ul|ol|li|a\s|b>|b\s|strong|table|h[1-6]|em|i>)|mso-list|MsoList/i.test(html);

  function tooMuch(area, text) {
    const longest = Number(area.dataset.longest);
    const rest = area.value.length - (area.selectionEnd - area.selectionStart);
    if (rest + text.length <= longest) return false;
    const words =
      `What you paste has ${text.length.toLocaleString("en")} characters, and a note at most ${longest.toLocaleString("en")}. ` +
      "Nothing was pasted, and what you typed is still there. Paste a part, or attach a link.";
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: words } }));
    return true;
  }

  // What came in by other ways, such as dropping: the form is not sent, and says why.
  document.addEventListener("input", (event) => {
    const area = event.target;
    if (!area.matches("textarea[data-longest]")) return;
    const longest = Number(area.dataset.longest);
    const length = area.value.length;
    const words = `A note has at most ${longest.toLocaleString("en")} characters; this one has ${length.toLocaleString("en")}.`;
    area.setCustomValidity(length > longest ? words : "");
  });

  document.addEventListener("paste", (event) => {
    const area = event.target;
    if (!area.matches?.("textarea[data-longest]")) return;
    const plain = event.clipboardData.getData("text/plain");
    const html = event.clipboardData.getData("text/html");
    const text = html && html.length <= MOST_HTML && isWorth(html) ? markdown(html) : plain.replace(/\r\n?/g, "\n");
    if (tooMuch(area, text)) {
      event.preventDefault();
      return;
    }
    if (!text || text === plain) return; // the browser pastes it as it always does
    event.preventDefault();
    window.deskText.insert(area, text);
  });
})();
