// The brush of an overview (overview.html): dragging over bars, a click on one, or keys choose a time. The page hears of it by the event
// `brushed` at the overview, with the first and last moment, `since` and `until`, in epoch ms.

const FAR = 4; // px from which it is no click
let drag = null;
const barsOf = (overview) => [...overview.querySelectorAll(".bar")];
function choose(overview, first, last) {
  overview.dispatchEvent(new CustomEvent("brushed", { bubbles: true, detail: { since: first.dataset.since, until: last.dataset.until } }));
}

document.addEventListener("pointerdown", (event) => {
  const svg = event.button === 0 && event.target.closest?.(".overview svg");
  if (svg) drag = { from: event.clientX, far: false };
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  drag.far ||= Math.abs(event.clientX - drag.from) > FAR;
  const svg = document.querySelector(".overview svg"), brush = svg?.querySelector(".brush");
  if (!drag.far || !svg) return;
  const box = svg.getBoundingClientRect(), scale = (svg.viewBox.baseVal?.width || box.width) / box.width;
  brush.setAttribute("x", (Math.min(drag.from, event.clientX) - box.left) * scale);
  brush.setAttribute("width", Math.abs(event.clientX - drag.from) * scale);
});
addEventListener("pointerup", (event) => {
  const overview = document.querySelector(".overview");
  const [left, right] = drag?.far ? [drag.from, event.clientX].toSorted((one, other) => one - other) : [];
  const under = overview && drag?.far ? barsOf(overview).filter((bar) => {
    const at = bar.getBoundingClientRect();
    return at.right >= left && at.left <= right;
  }) : [];
  if (under.length) choose(overview, under[0], under.at(-1));
  setTimeout(() => { drag = null; });
});
addEventListener("pointercancel", () => { drag = null; });
document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".overview")) event.preventDefault(); });
document.addEventListener("click", (event) => {
  const place = event.target.closest?.(".overview"), bar = event.target.closest?.(".overview .bar");
  if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (drag?.far || bar) event.preventDefault();
  if (drag?.far) event.stopPropagation();
  else if (bar) choose(place, bar, bar);
}, { capture: true });

// Arrows move it by a bar, with Shift its end; Home and End to the first and last bar
document.addEventListener("keydown", (event) => {
  const overview = event.target;
  const way = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
  if (!overview.matches?.(".overview") || !way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const bars = barsOf(overview);
  const within = (place) => Math.max(0, Math.min(bars.length - 1, place));
  const [first, last] = [Number(overview.ariaValueNow), Number(overview.dataset.last)];
  const moved = new URLSearchParams(location.search).get("since") ? way : 0; // the first key takes what is shown
  if (event.shiftKey) choose(overview, bars[first], bars[Math.max(first, within(last + way))]);
  else { const by = within(first + moved) - first; choose(overview, bars[first + by], bars[within(last + by)]); }
});
