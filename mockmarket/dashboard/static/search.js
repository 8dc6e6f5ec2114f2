// The search over a page: / or Ctrl+K (⌘K) opens it, arrows move through what it finds, Enter opens a hit, Escape closes it.

const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const list = palette?.querySelector(".results");
const WAIT_MS = 80;
let timer, asked = 0;

async function ask() {
  const turn = ++asked;
  const answer = await fetch(`${palette.dataset.asks}?${new URLSearchParams({ q: field.value })}`, { headers: { "HX-Request": "true" } });
  const text = await answer.text();
  if (turn !== asked || !answer.ok) return;
  list.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
}
function open() {
  if (palette.open) return;
  palette.showModal();
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  ask();
}
const hits = () => [...list.querySelectorAll(".hit")];

if (palette) {
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
  palette.querySelector("form").addEventListener("submit", (event) => {
    const [first] = hits();
    if (first) { event.preventDefault(); first.click(); }
  });
  palette.addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const all = [field, ...hits()];
    all[(all.indexOf(document.activeElement) + way + all.length) % all.length].focus();
  });
  palette.addEventListener("click", (event) => { if (event.target === palette || event.target.closest(".hit")) palette.close(); });
  const header = document.querySelector(".find input");
  header?.addEventListener("click", open);
  header?.addEventListener("input", () => { field.value = header.value; header.value = ""; open(); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, select, textarea");
    const combined = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    if (!combined && (typing || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey)) return;
    event.preventDefault();
    open();
  });
}
