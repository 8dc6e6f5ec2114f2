// The plan of seats: what the pointer or the keyboard is at is told above it; arrow keys go from seat to seat and from row to row.

const seats = (row) => [...row.querySelectorAll(".seat")];
const rows = () => [...document.querySelectorAll("[data-seats]")];

function showSeat(event) {
  const seat = event.target.closest?.("[data-seats] .seat");
  const place = document.getElementById("pointed");
  if (seat && place) place.textContent = seat.title;
}
document.addEventListener("mouseover", showSeat);
document.addEventListener("focusin", showSeat);

function go(seat) {
  for (const other of seats(seat.closest("[data-seats]"))) other.tabIndex = other === seat ? 0 : -1;
  seat.focus();
}

document.addEventListener("keydown", (event) => {
  const seat = event.target.closest?.("[data-seats] .seat");
  if (!seat || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = seat.closest("[data-seats]");
  const inRow = seats(row);
  const at = inRow.indexOf(seat);
  const beside = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: inRow.length - 1 }[event.key];
  const above = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  let next;
  if (beside !== undefined) next = inRow[beside];
  if (above !== undefined) {
    const others = rows();
    const target = others[others.indexOf(row) + above];
    next = target && (seats(target)[at] ?? seats(target).at(-1));
  }
  if (beside === undefined && above === undefined) return;
  event.preventDefault();
  if (next) go(next);
});

// A plan that is drawn anew keeps the seat that the keyboard was at
let kept;
document.addEventListener("htmx:beforeSwap", (event) => {
  const seat = event.detail.target.querySelector?.(".seat:focus");
  kept = seat && seat.title.split(":")[0];
});
document.addEventListener("htmx:afterSettle", () => {
  const seat = kept && rows().flatMap(seats).find((seat) => seat.title.startsWith(`${kept}:`));
  kept = undefined;
  if (seat) go(seat);
});
