// The page Now: follows the newest entry, lights up a chain, moves by keys. What is chosen stands in the filters' hidden input `chain`,
// so that the server lights it up again whenever it draws anew.

const page = document.getElementById("now");
const chosen = document.getElementById("selected");
const diagram = document.getElementById("diagram");
const stage = () => diagram.querySelector(".stage");
const NEAR = 60, LEFT = 74, MARGIN = 20, NAMES = 56, SLIVER = 140;

// Follow: a diagram that is scrolled to its end stays there when more comes, any other stays where it is
let kept = null;
const atEnd = (place) => place.scrollHeight - place.scrollTop - place.clientHeight < NEAR;
document.addEventListener("htmx:beforeSwap", (event) => {
  const place = stage();
  if (event.detail.target === diagram) kept = place && { end: atEnd(place), top: place.scrollTop, left: place.scrollLeft };
});
document.addEventListener("htmx:afterSwap", (event) => {
  const place = stage();
  if (event.detail.target !== diagram || !place) return;
  place.scrollTop = !kept || kept.end ? place.scrollHeight : kept.top;
  place.scrollLeft = kept ? kept.left : 0;
});
if (stage()) {
  const lit = stage().querySelector(".lit .wire, .lit .pill");
  if (lit) bring(stage(), lit);
  else stage().scrollTop = stage().scrollHeight;
}

// Brings an entry into the middle of the diagram; the page around it stays where it is
function bring(place, entry) {
  const [seen, at] = [place.getBoundingClientRect(), entry.getBoundingClientRect()];
  place.scrollTop += at.top - seen.top - place.clientHeight / 2;
  if (at.right > seen.right || at.left < seen.left + LEFT) place.scrollLeft += at.left - seen.left - LEFT - MARGIN;
}

// An entry between lanes that are out of sight, or of which a sliver is in sight, would leave its row empty: it is said at the edge,
// with where it is and how it ended first, as a narrow screen has no room for more
function point() {
  const place = stage();
  if (!place) return;
  const [from, to] = [place.scrollLeft, place.scrollLeft + place.clientWidth - LEFT];
  const least = Math.max(MARGIN, Math.min(SLIVER, (to - from) / 2.5));
  for (const mark of place.querySelectorAll(".beyond")) {
    const [left, right] = [Number(mark.dataset.left), Number(mark.dataset.right)];
    mark.textContent = left > to - least ? `→ ${mark.dataset.says}` : right < from + MARGIN ? `← ${mark.dataset.says}` : "";
    if (mark.textContent) mark.setAttribute("x", from + 14);
    mark.parentNode.classList.toggle("away", Boolean(mark.textContent));
  }
  for (const words of place.querySelectorAll(".gap text, .present text")) words.setAttribute("x", from + 14);
}
document.addEventListener("scroll", (event) => { if (event.target === stage()) point(); }, { capture: true, passive: true });
document.addEventListener("htmx:afterSettle", point);
addEventListener("resize", point);
point();

function choose(chain) {
  chosen.value = chain;
  page.classList.toggle("open", Boolean(chain));
  if (!chain) document.getElementById("chain").replaceChildren();
  const rows = diagram.querySelector(".rows");
  rows?.toggleAttribute("data-chosen", Boolean(chain));
  rows?.querySelectorAll("[data-chain]").forEach((row) => row.classList.toggle("lit", row.dataset.chain === chain));
  const address = new URL(location);
  if (chain) address.searchParams.set("chain", chain); else address.searchParams.delete("chain");
  history.replaceState(history.state, "", address);
}

document.addEventListener("click", (event) => {
  const step = event.target.closest?.("a.step");
  if (step) {
    choose(step.dataset.chain);
    step.querySelector(".wire, .pill").scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  if (event.target.closest?.("[data-chain-closes]")) choose("");
});

// Where the keys begin when no entry has the focus: before the first that is in sight, or behind the last
function beside(all, by) {
  const seen = stage().getBoundingClientRect();
  const inside = (step) => { const at = step.getBoundingClientRect(); return at.bottom > seen.top + NAMES && at.top < seen.bottom; };
  const [first, last] = [all.findIndex(inside), all.findLastIndex(inside)];
  return by > 0 ? first - 1 : last + 1;
}

const TROUBLE = ".step.refused, .step.retry, .step.failed, .step.dropped";
function move(selector, by) {
  const steps = [...diagram.querySelectorAll(selector)].filter((step) => step.getAttribute("tabindex") !== "-1" || selector === TROUBLE);
  if (!steps.length) return;
  const all = [...diagram.querySelectorAll(".step")];
  const from = all.includes(document.activeElement) ? all.indexOf(document.activeElement) : beside(all, by);
  const next = by > 0 ? steps.find((step) => all.indexOf(step) > from) : steps.findLast((step) => all.indexOf(step) < from);
  (next ?? (by > 0 ? steps[0] : steps.at(-1))).focus();
  document.activeElement.scrollIntoView({ block: "nearest", inline: "nearest" });
}
const KEYS = { j: [".step", 1], k: [".step", -1], n: [TROUBLE, 1], p: [TROUBLE, -1] };
let jumping = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, select, textarea")) return;
  if (event.key === "Escape") choose("");
  else if (!jumping && KEYS[event.key]) { event.preventDefault(); move(...KEYS[event.key]); }
  jumping = event.key === "g";
});

// The filters stand in the address, so that it can be passed on
document.getElementById("filters").addEventListener("change", (event) => {
  const address = new URL(location);
  for (const [name, value] of new FormData(event.currentTarget)) value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
});
document.getElementById("filters").addEventListener("submit", (event) => { event.preventDefault(); htmx.trigger(diagram, "refresh"); });
