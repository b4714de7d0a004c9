// Toasts: 8 seconds, waiting while hovered or focused; and what the desk says when a request fails.
// Server: <div class="toast-u" data-toast> sent out of band, or HX-Trigger {"toast": {"text", "undo" | "link", "label",
// "within"}}. "within" is a part of the page: Undo then takes from its answer what that part does.
(() => {
  "use strict";

  const SECONDS = 8;
  const region = document.getElementById("toasts");

  function arm(toast) {
    if (toast.dataset.armed) return;
    toast.dataset.armed = "1";
    let timer = null;
    const leave = () => {
      const hadFocus = toast.contains(document.activeElement);
      toast.remove();
      if (hadFocus) window.deskFocus.back();
    };
    const wait = () => clearTimeout(timer);
    const run = () => {
      wait();
      timer = setTimeout(leave, SECONDS * 1000);
    };
    toast.addEventListener("mouseenter", wait);
    toast.addEventListener("focusin", wait);
    toast.addEventListener("mouseleave", () => toast.contains(document.activeElement) || run());
    toast.addEventListener("focusout", () => toast.matches(":hover") || run());
    toast.addEventListener("click", (event) => event.target.closest("[data-dismiss]") && leave());
    toast.addEventListener("htmx:afterRequest", (event) => event.detail.successful && leave());
    run();
  }

  function button(text, attributes) {
    const control = document.createElement(attributes.href ? "a" : "button");
    control.className = "b";
    control.textContent = text;
    for (const [name, value] of Object.entries(attributes)) control.setAttribute(name, value);
    return control;
  }

  function swapsOf(within) {
    const part = within && document.querySelector(within)?.closest("[hx-select]");
    const names = part ? ["hx-select", "hx-select-oob"] : [];
    return Object.fromEntries(names.map((name) => [name, part.getAttribute(name) || ""]));
  }

  function show({ text, undo, link, label, within }) {
    const toast = document.createElement("div");
    toast.className = "toast-u";
    toast.dataset.toast = "";
    const words = document.createElement("p");
    words.textContent = text;
    toast.append(words);
    if (undo) {
      toast.append(button("Undo", { type: "button", "hx-post": undo, "hx-swap": "none", "data-key": "z", ...swapsOf(within) }));
      window.htmx.process(toast);
    } else if (link) {
      toast.append(button(label || "Open", { href: link }));
    }
    region.append(toast);
    arm(toast);
  }

  function signInUrl() {
    const next = encodeURIComponent(location.pathname + location.search);
    return `${document.body.dataset.signIn}?next=${next}`;
  }

  function signedOut() {
    show({ text: "You are signed out. Your text is kept: sign in again.", link: signInUrl(), label: "Sign in" });
  }

  document.addEventListener("toast", (event) => show(event.detail));

  // An ended session answers with 401, or sends the request on to the sign-in page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const signIn = document.body.dataset.signIn;
    const landed = xhr.responseURL && new URL(xhr.responseURL).pathname;
    if (!signIn || landed !== signIn) return;
    event.detail.shouldSwap = false;
    event.preventDefault();
    signedOut();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401) signedOut();
    else if (status === 403) {
      show({ text: "Not allowed, or you are signed out. Your text is kept.", link: signInUrl(), label: "Sign in" });
    } else if (status === 404) show({ text: "This is no longer here. Reload the page." });
    else show({ text: "The desk could not do this. Your text is kept: try again." });
  });
  document.addEventListener("htmx:sendError", () => {
    show({ text: "The desk does not answer. Your text is kept: try again." });
  });

  const armAll = () => region.querySelectorAll("[data-toast]").forEach(arm);
  new MutationObserver(armAll).observe(region, { childList: true });
  armAll();
})();
