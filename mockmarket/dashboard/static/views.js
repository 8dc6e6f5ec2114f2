// Views: a list with its filters under a name, by world, below its page in the navigation. Kept in this browser.

const STORED = "mockmarket-views";
const nav = document.getElementById("pages");
const stored = () => { try { return JSON.parse(localStorage.getItem(STORED)) ?? {}; } catch { return {}; } };
const viewsOf = (path) => stored()[path] ?? {};
function keep(path, views) {
  try { localStorage.setItem(STORED, JSON.stringify({ ...stored(), [path]: views })); } catch { /* not remembered */ }
  draw();
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

function line(path, name, search) {
  const button = element("button", { type: "button", class: "quiet", "aria-label": `Remove the view ${name}`, title: "Remove" }, "✕");
  button.addEventListener("click", () => { const { [name]: _, ...others } = viewsOf(path); keep(path, others); });
  return element("li", {}, element("a", { href: path + search, title: name }, name), button);
}

function saver(path) {
  const input = element("input", { name: "view", "aria-label": "Name of this view", placeholder: "Name", maxlength: "40", autocomplete: "off", required: "" });
  const form = element("form", {}, input, element("button", { class: "small" }, "Save"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep(path, { ...viewsOf(path), [input.value.trim()]: location.search });
  });
  return element("li", {}, element("details", {}, element("summary", {}, "Save this view"), form));
}

function draw() {
  nav.querySelectorAll(".views").forEach((list) => list.remove());
  for (const link of nav.querySelectorAll("a[data-key]")) {
    const paths = Object.keys(stored()).filter((path) => path === link.pathname || path.startsWith(`${link.pathname}/`));
    const lines = paths.flatMap((path) => Object.entries(viewsOf(path)).map(([name, search]) => line(path, name, search)));
    if (link.hasAttribute("aria-current") && document.getElementById("filters")) lines.push(saver(location.pathname));
    if (lines.length) link.after(element("ul", { class: "views", "aria-label": `Views of ${link.querySelector(".name").textContent}` }, ...lines));
  }
}
if (nav) draw();
