// Runs before the page is drawn, so that a chosen theme does not flash: "light", "dark", or none, which follows the system.
try {
  const chosen = localStorage.getItem("mockmarket-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* no storage: the system's theme */ }
