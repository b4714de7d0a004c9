// A file that is sent as soon as it is chosen: <form data-upload>. Its button is for browsers without scripts.
(() => {
  "use strict";

  const hideButtons = () => {
    for (const acts of document.querySelectorAll("[data-upload] [data-upload-acts]")) acts.hidden = true;
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (form && event.target.type === "file" && event.target.files.length) form.requestSubmit();
  });
  // The browser keeps the page with its chosen file for "Back"; choosing the same file again has to count.
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("form[data-upload] input[type=file]")) field.value = "";
  });
  document.addEventListener("htmx:afterSettle", hideButtons);
  hideButtons();
})();
