// The list of requests by keys: j and k move through the rows, Enter shows one beside the list (its own link), Escape closes it.

let jumping = false; // whether g was pressed, whose letter is another page's
const links = () => [...document.querySelectorAll(".log .where a")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, select, textarea")) return;
  const way = { j: 1, k: -1 }[event.key];
  if (event.key === "Escape") document.getElementById("close-request")?.click();
  if (!way || jumping) { jumping = event.key === "g"; return; }
  const all = links();
  const at = all.indexOf(document.activeElement);
  const from = at >= 0 ? at : all.findIndex((link) => link.closest("[aria-current]"));
  const next = all[from < 0 ? 0 : from + way];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
});

// A time is chosen in the overview (brush.js): it stands in the filters
document.addEventListener("brushed", ({ detail }) => {
  const filters = document.getElementById("filters");
  for (const name of ["since", "until"]) filters.elements[name].value = new Date(Number(detail[name])).toISOString();
  filters.requestSubmit();
});
