// Dark where the dashboard is: by the choice that it remembers, or by the system
const system = matchMedia("(prefers-color-scheme: dark)");
function dress() {
  let chosen;
  try { chosen = localStorage.getItem("mockmarket-theme"); } catch { /* no storage: the system's theme */ }
  const dark = chosen ? chosen === "dark" : system.matches;
  document.documentElement.classList.toggle("dark-mode", dark);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
}
dress();
system.addEventListener("change", dress);
addEventListener("storage", dress);

SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none", validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis]
});
