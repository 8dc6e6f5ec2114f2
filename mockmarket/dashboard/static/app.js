// What the pages do beyond htmx, by data- attributes. No state that the server does not have.

const root = document.documentElement;
const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

const actions = {
  // data-theme-switch: the other of light and dark, remembered
  themeSwitch() {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("mockmarket-theme", root.dataset.theme); } catch { /* not remembered */ }
  },
  // data-closes="selector": empties the closest such element
  closes(button) { button.closest(button.dataset.closes)?.remove(); },
  // data-copies="id": copies that element's text
  async copies(button) {
    const place = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(place.textContent);
      showToast("Copied.");
    } catch { // a browser has no clipboard on plain HTTP beyond this machine, or was told to refuse: select it at least
      getSelection().selectAllChildren(place);
      showToast(document.execCommand("copy") ? "Copied." : "Selected: press Ctrl+C to copy.");
    }
  },
};

document.addEventListener("click", (event) => {
  for (const [name, act] of Object.entries(actions)) {
    const attribute = `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const element = event.target.closest?.(`[${attribute}]`);
    if (element) act(element);
  }
  if (event.target.closest?.('[aria-disabled="true"]')) event.preventDefault();
});

// The browser's zone is kept for the switch; a page that has an earlier one is loaded anew. What an open page asks for is drawn in its own zone
const zones = document.getElementById("zones");
const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zones && mine && zones.dataset.mine !== mine) {
  const known = document.cookie.includes(`${zones.dataset.cookie}=${mine}`);
  document.cookie = `${zones.dataset.cookie}=${mine}; path=/; max-age=31536000; samesite=lax`;
  document.getElementById("zone-mine").textContent = mine;
  if (zones.dataset.choice === "mine" && !known) location.reload();
}
document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["Mockmarket-Zone"] = root.dataset.zone; });
zones?.querySelector("input").addEventListener("focus", ({ target }) => {
  target.list.replaceChildren(...Intl.supportedValuesOf("timeZone").map((name) => new Option(name, name)));
}, { once: true });

// data-sends: a form is sent as soon as this input changes
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-sends]")) event.target.form.requestSubmit();
});

// What was done, said for a few seconds; the server sends it as the event `toast`
// and, where what was done can be undone, with a button that does
const SAID_MS = 6000, UNDOABLE_MS = 30000;
let quiet;
export function showToast(text, undo) {
  const place = document.getElementById("toast");
  place.textContent = text;
  if (undo) {
    const button = document.createElement("button");
    button.textContent = "Undo";
    button.setAttribute("hx-post", undo);
    button.setAttribute("hx-target", "#notice");
    button.setAttribute("hx-disabled-elt", "this");
    place.append(" ", button);
    htmx.process(button);
  }
  clearTimeout(quiet);
  quiet = setTimeout(() => { place.textContent = ""; }, undo ? UNDOABLE_MS : SAID_MS);
}
// With `redraws` the page is about to be drawn anew: it is said when that is done, or who goes on at once would write into the old one
let coming;
document.addEventListener("toast", ({ detail }) => {
  if (detail.redraws) coming = detail;
  else showToast(detail.text, detail.undo);
});
function arrived() {
  if (coming) showToast(coming.text, coming.undo);
  coming = undefined;
}
document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "main") arrived(); });
for (const trouble of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(trouble, (event) => { if (event.detail.requestConfig.verb === "get") arrived(); });
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb === "get") return;
  for (const place of document.querySelectorAll("#notice, #toast")) {
    if (!place.contains(event.detail.elt)) place.replaceChildren();
  }
});
document.addEventListener("htmx:responseError", () => document.querySelector(":popover-open")?.hidePopover());

// hx-swap="morph": only what differs is changed, so that selection, focus, scroll places and what was typed stay as they are
const TYPED = ["value", "checked", "selected"];
const callbacks = {
  // A form that is open stays, and says why it has become impossible: button() of parts.html has its reason
  beforeNodeMorphed(node, fresh) {
    const why = node.classList?.contains("move") && node.querySelector("details[open]") && fresh.querySelector(".off .said");
    if (!why) return true;
    const said = node.querySelector(".complaint") ?? node.querySelector("form").insertAdjacentElement("afterbegin", document.createElement("p"));
    said.className = "complaint";
    said.textContent = `No longer possible: ${why.textContent}`;
    return false;
  },
  beforeAttributeUpdated(name, node) {
    if (name === "open" && node.matches("details")) return false;
    if (TYPED.includes(name) && node === document.activeElement) return false;
    if (node.matches("#link") || (name === "data-link" && node === root)) return false;
    return !(TYPED.includes(name) && node.matches("input, select, option, textarea") && !node.closest(".filters"));
  },
};
htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    return style === "morph" && Idiomorph.morph(target, fragment.children, { morphStyle: "outerHTML", callbacks });
  },
});

// A page that nobody sees asks for the strip alone, which has the failures for its title, and nothing is drawn anew around a form that is under way: what its answer tells is
// told to the form, and would reach nobody from one that is gone. What changed meanwhile is fetched afterwards
const stale = new Set();
const sending = new Set();
const bySelf = (event) => event.detail.requestConfig.triggeringEvent?.type === "sse:changed";
const around = (place) => [...sending].some((form) => place.contains(form));
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig, target, xhr } = event.detail;
  if (requestConfig.verb !== "get") {
    sending.add(elt);
    xhr.addEventListener("loadend", () => {
      sending.delete(elt);
      catchUp();
      if (xhr.status === 204) restoreFocus(); // nothing of it is drawn
    });
  } else if (bySelf(event) && (document.hidden || around(target))) {
    stale.add(elt.id);
    if (elt.id !== "status" || around(target)) event.preventDefault();
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!bySelf(event) || !around(event.detail.target)) return;
  stale.add(event.detail.requestConfig.elt.id);
  event.detail.shouldSwap = false;
});
function catchUp() {
  if (document.hidden || sending.size) return;
  for (const id of stale) {
    const place = document.getElementById(id);
    if (place) htmx.trigger(place, "sse:changed");
  }
  stale.clear();
}
document.addEventListener("visibilitychange", catchUp);

// Failures that have not been looked at are counted in the tab's title; the timeline has looked at them while it is seen
function countFailures() {
  const status = document.getElementById("status");
  const count = status && (document.hidden || !location.pathname.endsWith("/timeline")) ? Number(status.dataset.failures) : 0;
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
}
document.addEventListener("htmx:afterSettle", countFailures);
document.addEventListener("visibilitychange", countFailures);
document.addEventListener("htmx:configRequest", ({ detail }) => { if (document.hidden) detail.headers["Mockmarket-Hidden"] = "yes"; });

// Whoever sent a form by the keyboard goes on from there: what had the focus is disabled meanwhile and may be gone afterwards. Other parts of
// the page may be drawn before its answer is, or before the page that follows from it
let left;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb !== "get") left = document.activeElement;
});
function restoreFocus() {
  if (!left || coming || sending.size || document.activeElement !== document.body) return;
  const wrong = document.querySelector('#main [aria-invalid="true"]');
  (wrong ?? (left.isConnected ? left : document.getElementById("main"))).focus({ preventScroll: !wrong });
  left = undefined;
}
document.addEventListener("htmx:afterSettle", restoreFocus);

// What was opened stays open when its part of the page is drawn anew: every <details> with an id
let opened = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  opened = [...event.detail.target.querySelectorAll("details[id][open]")].map((details) => details.id);
});
document.addEventListener("htmx:afterSwap", () => opened.forEach((id) => document.getElementById(id)?.setAttribute("open", "")));

// A menu closes when something else is clicked, and by Escape, which gives the focus back
const menus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  // One thing at a time: a panel below stays as it is. A dialog and a popover close by themselves
  if (document.querySelector("dialog[open], :popover-open, details.menu[open]")) event.stopImmediatePropagation();
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// data-ticks="name": ticks every box of that name; how many are ticked is counted in .ticks of their form
document.addEventListener("change", ({ target }) => {
  if (target.dataset?.ticks) document.querySelectorAll(`input[name="${target.dataset.ticks}"]`).forEach((box) => { box.checked = target.checked; });
  const count = document.querySelectorAll('input[form="ticked"]:checked').length;
  document.querySelector("#ticked .ticks")?.replaceChildren(count ? String(count) : "");
});

// data-narrows="id": the entries of that list that have what is typed
document.addEventListener("input", ({ target }) => {
  const list = target.dataset?.narrows && document.getElementById(target.dataset.narrows);
  for (const entry of list?.children ?? []) entry.hidden = !entry.textContent.toLowerCase().includes(target.value.trim().toLowerCase());
});

// Lists are left and come back as they were: filters, page and scroll place, in this tab and world; a list's own link in the
// navigation clears them
const LISTS = "mockmarket-lists";
const lists = () => { try { return JSON.parse(sessionStorage.getItem(LISTS)) ?? {}; } catch { return {}; } };
addEventListener("pagehide", () => {
  if (!document.getElementById("filters")) return;
  try {
    sessionStorage.setItem(LISTS, JSON.stringify({ ...lists(), [location.pathname]: { search: location.search, y: scrollY } }));
  } catch { /* not remembered */ }
});
const last = lists();
for (const link of document.querySelectorAll("nav a, .back a")) {
  if (link.pathname !== location.pathname && !link.search && last[link.pathname]) link.search = last[link.pathname].search;
}
if (last[location.pathname]?.search === location.search) scrollTo({ top: last[location.pathname].y, behavior: "instant" });

// g and a letter: to a page. ?: the keys. Escape: out of the panel that is open
let waiting = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, select, textarea")) return;
  if (waiting) {
    waiting = false;
    const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
  } else if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
  } else if (event.key === "g") {
    waiting = true;
    setTimeout(() => { waiting = false; }, 1200);
  }
});

// data-clock, data-frozen="no": a moment of the world's time that runs on between two looks at the server
const began = new WeakMap();
// in the page's zone: data-offset is how far its clocks are ahead of UTC (ms), data-label what stands behind the time
const format = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC",
});
function beat() {
  for (const clock of document.querySelectorAll('[data-clock][data-frozen="no"]')) {
    const said = Number(clock.dataset.clock);
    if (began.get(clock)?.said !== said) began.set(clock, { said, from: performance.now() });
    const at = new Date(said + performance.now() - began.get(clock).from);
    const time = clock.querySelector("time");
    time.textContent = format.format(Number(at) + Number(clock.dataset.offset)).replace(",", "") + clock.dataset.label;
    time.title = at.toISOString();
  }
}
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
beat();
setInterval(beat, 1000);
document.addEventListener("htmx:afterSettle", beat);
