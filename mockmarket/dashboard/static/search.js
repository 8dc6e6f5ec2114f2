// The search over a page: / or Ctrl+K (⌘K) opens it, arrows move through what it finds, Enter opens a hit, Escape closes it.

const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const list = palette?.querySelector(".results");
const WAIT_MS = 80;
let timer, asked = 0;

// What was opened last, by world, is offered before anything is typed
const RECENT = "mockmarket-recent", MOST_RECENT = 5, here = new URL(palette?.dataset.asks ?? "", location.href).pathname;
const recent = () => { try { return JSON.parse(localStorage.getItem(RECENT))?.[here] ?? []; } catch { return []; } };
function remember(hit) {
  const [title, detail] = [hit.querySelector(".what").textContent, hit.querySelector(".dim").textContent];
  const url = hit.getAttribute("href");
  const others = recent().filter((entry) => entry.url !== url).slice(0, MOST_RECENT - 1);
  try {
    localStorage.setItem(RECENT, JSON.stringify({ ...JSON.parse(localStorage.getItem(RECENT)), [here]: [{ title, detail, url }, ...others] }));
  } catch { /* not remembered */ }
}
function offer() {
  const section = document.createElement("section");
  section.className = "group";
  section.setAttribute("aria-label", "Opened last");
  section.innerHTML = "<h2>Opened last</h2><ul></ul>";
  for (const { title, detail, url } of recent()) {
    const hit = document.createElement("a");
    hit.className = "hit";
    hit.href = url;
    for (const [kind, text] of [["what", title], ["dim", detail]]) {
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = text;
      hit.append(part, " ");
    }
    section.lastChild.appendChild(document.createElement("li")).append(hit);
  }
  list.replaceChildren(section);
}

async function ask() {
  const turn = ++asked;
  if (!field.value.trim() && recent().length) { offer(); return; }
  const answer = await fetch(`${palette.dataset.asks}?${new URLSearchParams({ q: field.value })}`, { headers: { "HX-Request": "true", "Mockmarket-Zone": document.documentElement.dataset.zone } });
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
  palette.addEventListener("click", (event) => {
    const hit = event.target.closest(".hit");
    if (hit) remember(hit);
    if (hit || event.target === palette) palette.close();
  });
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
