// The page Timeline: takes over what has changed, follows the newest entry, lights up a chain, moves by keys. What is looked at stands in the
// address: filters, window, open entries, chain; the server draws it.

const page = document.getElementById("timeline");
const diagram = document.getElementById("diagram");
const panel = document.getElementById("chain");
const filters = document.getElementById("filters");
const stage = () => document.getElementById("stage");
const NEAR = 60, NAMES = 56, STEP = 20, SCROLLBAR = 17, TYPING_MS = 300;

// The address is what is asked for; beside it the window's width, and what is on the page already
const width = () => Math.floor((stage()?.clientWidth ?? diagram.clientWidth - SCROLLBAR) / STEP) * STEP;
let drawn = 0;
diagram.addEventListener("htmx:configRequest", (event) => {
  if (event.target !== diagram) return;
  const asked = new URLSearchParams(location.search);
  drawn = width();
  asked.set("width", drawn);
  asked.set("have", [...diagram.querySelectorAll("[data-mark]")].map((entry) => entry.dataset.mark).join("."));
  event.detail.path = `${diagram.getAttribute("hx-get")}?${asked}`;
});
const refresh = () => htmx.trigger(diagram, "refresh");
function go(address) {
  history.replaceState(history.state, "", address);
  remember();
  if (!new URLSearchParams(location.search).has("jump")) jumped = filters.elements.jump.value = "";
  refresh();
}

// A time that is typed is in the page's zone; the address has the moment that the server read
let jumped = filters.elements.jump.value;
function settleJump() {
  const address = new URL(location), { asked, jump, text } = document.getElementById("sums").dataset;
  if (!address.searchParams.has("in_zone") || address.searchParams.get("jump") !== asked) return;
  address.searchParams.delete("in_zone");
  jump ? address.searchParams.set("jump", jump) : address.searchParams.delete("jump");
  history.replaceState(history.state, "", address);
  if (filters.elements.jump !== document.activeElement) jumped = filters.elements.jump.value = text;
}

// Lanes and zoom are remembered by world, for addresses that do not say them
const LOOKS = ["order", "folded", "pinned", "zoom"], STORED = "mockmarket-lanes";
const stored = () => { try { return JSON.parse(localStorage.getItem(STORED)) ?? {}; } catch { return {}; } };
function remember() {
  const asked = new URLSearchParams(location.search);
  const look = LOOKS.filter((name) => asked.has(name)).map((name) => [name, asked.get(name)]);
  try { localStorage.setItem(STORED, JSON.stringify({ ...stored(), [location.pathname]: look })); } catch { /* not remembered */ }
}
{
  const address = new URL(location);
  if (!LOOKS.some((name) => address.searchParams.has(name))) {
    for (const [name, value] of stored()[location.pathname] ?? []) address.searchParams.set(name, value);
    history.replaceState(history.state, "", address);
  }
}

// Takes over a list of entries: those that are unchanged stay as they are, with focus, selection and place
function patchList(list, fresh) {
  const kept = new Set([...fresh.children].map((entry) => entry.id));
  for (const entry of [...list.children]) if (!kept.has(entry.id)) entry.remove();
  let at = list.firstElementChild;
  for (const entry of [...fresh.children]) {
    const old = list.querySelector(`:scope > #${CSS.escape(entry.id)}`);
    const next = old === at ? at?.nextElementSibling : at;
    if (old && "same" in entry.dataset) { if (old !== at) list.insertBefore(old, at); }
    else if (old) { const focused = old.contains(document.activeElement); old.replaceWith(entry); if (old !== at) list.insertBefore(entry, at); if (focused) entry.querySelector(".step").focus({ preventScroll: true }); }
    else list.insertBefore(entry, at);
    at = next;
  }
}
const callbacks = { beforeAttributeUpdated: (name, node) => name !== "open" || !node.matches("details") };
function patch(fresh) {
  if (!stage() || !fresh.getElementById("stage")) {
    diagram.replaceChildren(...fresh.body.childNodes);
    return;
  }
  for (const part of fresh.body.querySelectorAll("[id]:not(.stage, li)")) {
    const old = document.getElementById(part.id);
    if (part.matches(".entries")) patchList(old, part);
    else if (old.outerHTML !== part.outerHTML) Idiomorph.morph(old, part.outerHTML, { morphStyle: "outerHTML", callbacks });
  }
}
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== diagram || event.detail.isError) return;
  event.detail.shouldSwap = false;
  const place = stage();
  const end = !place || atEnd(place);
  patch(new DOMParser().parseFromString(event.detail.serverResponse, "text/html"));
  count();
  settleJump();
  light();
  if (stage() && end && following()) stage().scrollTop = stage().scrollHeight;
});

// Each choice of a filter says how many entries it would give
function count() {
  for (const { dataset, value } of document.querySelectorAll("#counts data")) {
    const option = filters.elements[dataset.name].querySelector(`option[value="${CSS.escape(dataset.choice)}"]`);
    option.textContent = `${option.dataset.label} (${value})`;
    option.disabled = value === "0" && !option.selected && dataset.choice !== "";
  }
}

// Follow: a diagram that is scrolled to its end stays there when more comes; who scrolls up, pauses
const following = () => !document.getElementById("follow");
const atEnd = (place) => place.scrollHeight - place.scrollTop - place.clientHeight < NEAR;
let before = Infinity;
document.addEventListener("scroll", (event) => {
  const place = stage();
  if (event.target !== place) return;
  const pause = document.getElementById("pause");
  if (pause && place.scrollTop < before - 1 && !atEnd(place) && moved) go(pause.href);
  before = place.scrollTop;
}, { capture: true, passive: true });
let moved = false; // whether somebody scrolled, not the page
for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  diagram.addEventListener(kind, (event) => {
    if (kind === "pointerdown" && event.target.closest?.("a")) return; // a link is pressed, nothing is scrolled
    moved = true;
    setTimeout(() => { moved = false; }, 400);
  }, { passive: true });
}
if (stage()) {
  const lit = stage().querySelector(".entry.lit");
  if (lit) bring(lit);
  else stage().scrollTop = stage().scrollHeight;
}
function bring(entry) {
  const [seen, at] = [stage().getBoundingClientRect(), entry.getBoundingClientRect()];
  stage().scrollTop += at.top - seen.top - stage().clientHeight / 2;
}

// The drawing is as wide as its window
const fit = () => { if (Math.abs(width() - drawn) >= STEP) refresh(); };
new ResizeObserver(fit).observe(diagram);
addEventListener("load", fit); // the first may come before htmx listens

function chosen() { return new URLSearchParams(location.search).get("chain") ?? ""; }
function light() {
  diagram.toggleAttribute("data-chosen", Boolean(chosen()) && [...diagram.querySelectorAll(".step")].some((step) => step.dataset.chain === chosen()));
  for (const step of diagram.querySelectorAll(".step")) step.parentNode.classList.toggle("lit", step.dataset.chain === chosen() && chosen() !== "");
  rove(diagram.querySelector('.step[tabindex="0"]') ?? [...diagram.querySelectorAll(".step")].at(-1));
}
async function choose(chain, tab = "") {
  const address = new URL(location);
  for (const [name, value] of Object.entries({ chain, tab })) value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
  page.classList.toggle("open", Boolean(chain));
  light();
  if (!chain) { panel.replaceChildren(); return; }
  await htmx.ajax("GET", `${panel.dataset.from.replace(/_$/, encodeURIComponent(chain))}?${new URLSearchParams({ tab })}`, { target: "#chain", swap: "innerHTML" });
  document.getElementById("chain-title")?.focus({ preventScroll: true });
}
let opener = null; // the entry whose chain is open
function close() {
  if (!page.classList.contains("open")) return;
  choose("");
  (document.getElementById(opener)?.querySelector(".step") ?? stage())?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest?.("a.step, a[data-stays], a[data-tab]");
  if (event.target.closest?.("[data-chain-closes]")) close();
  if (!link) return;
  event.preventDefault();
  const where = link.href.baseVal ?? link.href;
  if (link.matches(".step")) {
    opener = link.parentNode.id;
    rove(link);
    choose(link.dataset.chain);
  } else if (link.matches("[data-tab]")) choose(chosen(), link.dataset.tab).then(() => panel.querySelector(".tabs [aria-current]").focus());
  else go(where);
});

// A time is chosen in the overview (brush.js)
diagram.addEventListener("brushed", ({ detail }) => {
  const address = new URL(location);
  address.searchParams.set("since", detail.since);
  address.searchParams.set("until", detail.until);
  for (const name of ["end", "jump"]) address.searchParams.delete(name);
  go(address);
});
// A lane is dragged by its name to another place
let lane = null;
diagram.addEventListener("pointerdown", (event) => {
  const post = event.button === 0 && event.target.closest?.("#posts [data-lane]");
  if (post) lane = { post, from: event.clientX };
});
addEventListener("pointermove", (event) => {
  if (lane) lane.post.setAttribute("transform", `translate(${event.clientX - lane.from})`);
});
addEventListener("pointerup", (event) => {
  if (!lane) return;
  const { post, from } = lane;
  lane = null;
  const center = (other) => { const at = other.getBoundingClientRect(); return other === post ? event.clientX : at.left + at.width / 2; };
  const kind = post.matches(".vendor") ? ".vendor" : ""; // a vendor takes its endpoints with it
  const posts = [...document.querySelectorAll(`#posts ${kind}[data-lane]`)];
  const order = posts.toSorted((one, other) => center(one) - center(other));
  post.removeAttribute("transform");
  if (Math.abs(event.clientX - from) < 5 || order.every((other, place) => other === posts[place])) return;
  const address = new URL(location);
  address.searchParams.set("order", order.map((other) => other.dataset.lane).join(","));
  go(address);
});
addEventListener("pointercancel", () => {
  lane?.post.removeAttribute("transform");
  lane = null;
});
// Ctrl and the wheel zoom, one step for each notch
let turned = 0;
diagram.addEventListener("wheel", (event) => {
  if (!event.ctrlKey || !event.target.closest?.("#stage")) return;
  event.preventDefault();
  turned += event.deltaY;
  if (Math.abs(turned) < 80) return;
  document.getElementById(turned < 0 ? "zoom-in" : "zoom-out")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  turned = 0;
}, { passive: false });
// One tab stop: the entry that was visited last
function rove(step) {
  for (const other of diagram.querySelectorAll('.step[tabindex="0"]')) other.setAttribute("tabindex", "-1");
  for (const other of diagram.querySelectorAll(".step:not([tabindex])")) other.setAttribute("tabindex", "-1");
  step?.setAttribute("tabindex", "0");
}
light();

// Where the keys begin when no entry has the focus: before the first that is in sight, or behind the last
function beside(all, by) {
  const seen = stage().getBoundingClientRect();
  const inside = (step) => { const at = step.getBoundingClientRect(); return at.top >= seen.top + NAMES && at.bottom <= seen.bottom; };
  const [first, last] = [all.findIndex(inside), all.findLastIndex(inside)];
  return by > 0 ? first - 1 : last + 1;
}
const TROUBLE = ".refused > .step, .retry > .step, .failed > .step, .dropped > .step, .late > .step";
function move(selector, by) {
  const all = [...diagram.querySelectorAll(".step")];
  const steps = [...diagram.querySelectorAll(selector)];
  if (!steps.length) return;
  const from = all.includes(document.activeElement) ? all.indexOf(document.activeElement) : beside(all, by);
  const next = by > 0 ? steps.find((step) => all.indexOf(step) > from) : steps.findLast((step) => all.indexOf(step) < from);
  const step = next ?? (by > 0 ? steps[0] : steps.at(-1));
  rove(step);
  step.focus();
  step.scrollIntoView({ block: "nearest" });
}
const KEYS = { j: [".step", 1], k: [".step", -1], n: [TROUBLE, 1], p: [TROUBLE, -1] };
const ARROWS = { ArrowDown: [".step", 1], ArrowUp: [".step", -1] };
const ZOOM = { "+": "zoom-in", "-": "zoom-out" };
let jumping = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, select, textarea")) return;
  const keys = KEYS[event.key] ?? (event.target.matches?.(".step") ? ARROWS[event.key] : undefined);
  if (event.key === "Escape") close();
  else if (event.key === " " && !event.target.matches?.("button, summary, a.button")) {
    event.preventDefault();
    document.querySelector("#pause, #follow")?.click();
  } else if (ZOOM[event.key]) document.getElementById(ZOOM[event.key])?.click();
  else if (!jumping && keys) { event.preventDefault(); move(...keys); }
  jumping = event.key === "g";
});

// The filters stand in the address, so that it can be passed on
let typing;
function filter() {
  clearTimeout(typing);
  const address = new URL(location);
  const asked = new FormData(filters);
  if (asked.get("jump") === jumped) for (const name of ["jump", "in_zone"]) asked.delete(name);
  else address.searchParams.delete("end");
  jumped = filters.elements.jump.value;
  for (const [name, value] of asked) value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
  if (address.href !== location.href) go(address);
}
filters.addEventListener("change", filter);
filters.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filter, TYPING_MS); });
filters.addEventListener("submit", (event) => { event.preventDefault(); filter(); });

// The panel of a chain is as wide as it was left: drawn by its edge, or by arrow keys there
const grip = document.getElementById("grip"), PANEL = "mockmarket-panel";
const limits = [Number(grip.ariaValueMin), Number(grip.ariaValueMax)];
function widen(px) {
  const wide = Math.round(Math.min(Math.max(px, limits[0]), limits[1], innerWidth - 480));
  grip.ariaValueNow = String(wide);
  page.style.setProperty("--panel", `${wide}px`);
  try { localStorage.setItem(PANEL, String(wide)); } catch { /* not remembered */ }
}
try { if (localStorage.getItem(PANEL)) widen(Number(localStorage.getItem(PANEL))); } catch { /* not remembered */ }
grip.addEventListener("pointerdown", (event) => { grip.setPointerCapture(event.pointerId); });
grip.addEventListener("pointermove", (event) => { if (grip.hasPointerCapture(event.pointerId)) widen(panel.getBoundingClientRect().right - event.clientX - 4); });
grip.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: 40, ArrowRight: -40 }[event.key];
  if (way) { event.preventDefault(); widen(panel.clientWidth + way); }
});
