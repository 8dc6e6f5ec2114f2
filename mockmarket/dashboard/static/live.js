// Follows the world: one stream of server-sent events a page. Elements whose hx-trigger names `sse:changed` are fetched anew at each change.
// The strip says whether the page still follows: a stream that is broken or silent for some seconds is, and what is on the page is old.

const BROKEN_MS = 2500, SILENT_MS = 7500, LOOK_MS = 500, AGAIN_MS = 1000, PROBE_MS = 1500, SLOW_MS = 1800;
const root = document.documentElement;
const strip = document.getElementById("strip");
let source, heard = Date.now(), broken = 0, last = "", probing = false;

export function refresh() {
  for (const place of document.querySelectorAll('[hx-trigger*="sse:changed"]')) htmx.trigger(place, "sse:changed");
}

function alive() {
  heard = Date.now();
  broken = 0;
  if (root.dataset.link === "lost") refresh();
  say("live", "live");
}

function say(state, words) {
  if (root.dataset.link === state && state !== "lost") return;
  root.dataset.link = state;
  const place = document.getElementById("link");
  if (place && place.textContent !== words) place.textContent = words;
}

function connect() {
  source = new EventSource(strip.dataset.stream);
  source.onopen = alive;
  source.addEventListener("alive", alive);
  source.addEventListener("changed", (event) => { last = event.lastEventId; alive(); refresh(); });
  source.onerror = () => {
    broken ||= Date.now();
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
  };
}

// Why a page no longer follows is asked of the server itself: it is gone, or the world is, or the session
async function probe() {
  if (probing) return;
  probing = true;
  const { offset, label } = document.getElementById("clock").dataset;
  const since = `${new Date(heard + Number(offset)).toISOString().slice(11, 19)}${label || " UTC"}`;
  let words = `No answer from the server since ${since}. What is below is old. Trying again.`;
  try {
    const answer = await fetch(strip.dataset.asks, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PROBE_MS) });
    if (answer.status === 404) words = "This world no longer exists. What is below is old.";
    else if (answer.status === 401) words = "The session has ended: load the page again to log in.";
    else if (answer.ok) words = `The server answers again; what is below is of ${since}. Connecting.`;
  } catch { /* no answer */ }
  probing = false;
  if (isSilent()) say("lost", words);
}
const isSilent = () => (broken && Date.now() - broken > BROKEN_MS) || Date.now() - heard > SILENT_MS;

if (strip) {
  connect();
  setInterval(() => { if (isSilent()) probe(); }, LOOK_MS);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  // A page that was drawn anew may be older than the last change that was told of
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id === "main" && last && target.dataset.seen !== last) refresh();
  });
}

// A request that reached nobody, or waits for an answer, says so where one looks: at the top of what is in sight
function tell(words) {
  const place = document.getElementById("notice");
  const [line, text] = [document.createElement("div"), document.createElement("p")];
  line.className = "notice unreached";
  text.append(words);
  line.append(text);
  place.replaceChildren(line);
}
const bySelf = (detail) => detail.requestConfig.triggeringEvent?.type === "sse:changed";
const untell = () => document.querySelector("#notice .unreached")?.remove();
for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => {
    broken ||= Date.now();
    if (!bySelf(detail)) tell("The server did not answer, so nothing was done. Is it still running?");
  });
}
document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (bySelf(detail)) return;
  const slow = setTimeout(() => tell("The server has not answered yet. Waiting…"), SLOW_MS);
  detail.xhr.addEventListener("load", untell);
  detail.xhr.addEventListener("loadend", () => clearTimeout(slow));
});
