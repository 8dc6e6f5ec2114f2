// The board: a card is moved to a column that its vendor allows, by mouse, pen or finger, or by keys. What a column allows, and why not, is
// the server's: the same forms as on the order's page (order_moves.html), fetched when a card is taken in hand.

const FAR = 6, EDGE = 48, STEP = 14; // px: a drag begins, the board scrolls, by how much a frame
const dialog = document.getElementById("moving");
const announcer = document.getElementById("move-said");
let held; // the card in hand: { card, from, target, moves, ghost }
let sent; // the card whose move is under way
let pressed; // where a pointer went down on a card
let missed = false; // whether a redraw was kept back meanwhile
let dragged = false; // whether the click that ends a drag is still to come

const columns = () => [...document.querySelectorAll(".board section")];
const titleOf = (column) => column.getAttribute("aria-label");
const targetIn = (moves, column) => moves?.querySelector(`[data-column="${CSS.escape(column.dataset.column)}"]`);
const say = (text) => { announcer.textContent = text; };
const toast = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text } }));

function redraw() {
  missed = false;
  htmx.trigger("#results", "sse:changed");
}

async function fetchMoves(card) {
  const answer = await fetch(card.querySelector(".grip").href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) throw new Error(answer?.status === 404 ? "This order no longer exists." : "The server did not answer.");
  const place = document.createElement("template");
  place.innerHTML = await answer.text();
  return place.content;
}

// A card is taken in hand: each column says whether it may go there
function lift(card) {
  const own = held = { card, from: card.closest("section"), target: null };
  card.classList.add("held");
  card.closest(".board").classList.add("moving");
  own.moves = fetchMoves(card).then((moves) => { if (held === own) mark(moves); return moves; });
  own.moves.catch((error) => { if (held === own) { release(); toast(error.message); } });
}

function mark(moves) {
  for (const column of columns()) {
    if (column === held.from) continue;
    const target = targetIn(moves, column), may = Boolean(target?.querySelector("form"));
    column.classList.add(may ? "may" : "may-not");
    if (may) continue;
    const why = document.createElement("p");
    why.className = "said why";
    why.textContent = target?.querySelector(".said").textContent ?? "";
    column.querySelector("h2").after(why);
  }
}

function aim(column) {
  held.target?.classList.remove("over");
  held.target = column;
  column?.classList.add("over");
}

function release() {
  const { card, ghost } = held;
  held = pressed = undefined;
  ghost?.remove();
  card.classList.remove("held");
  document.querySelector(".board")?.classList.remove("moving");
  for (const column of columns()) {
    column.classList.remove("may", "may-not", "over");
    column.querySelector(".why")?.remove();
  }
  if (missed && !sent) redraw();
}

// It is let go over a column: one form that asks nothing is sent, else the dialog has those that lead there
async function drop(column) {
  const { card, from, moves } = held;
  const number = card.dataset.number;
  if (!column || column === from) { release(); say(`${number} stays where it is.`); return; }
  const target = targetIn(await moves.catch(() => null), column);
  if (held?.card !== card) return;
  release();
  const forms = target?.querySelectorAll("form") ?? [];
  if (!forms.length) {
    const why = target?.querySelector(".said").textContent ?? "";
    toast(`${number} cannot go to ${titleOf(column)}: ${why}`);
  } else if (forms.length > 1 || target.querySelector("details")) {
    show([target.parentNode.querySelector("h2"), target]);
    if (forms.length === 1) dialog.querySelector("details").open = true;
    dialog.querySelector("details[open] :is(input, select, textarea):not([type=hidden])")?.focus();
  } else {
    sent = card;
    const list = column.querySelector("ul"), link = document.activeElement;
    list.prepend(card);
    if (card.contains(link)) link.focus({ preventScroll: true });
    fill([target]);
    dialog.querySelector("form").requestSubmit();
  }
}

function fill(parts) {
  dialog.firstElementChild.replaceChildren(...parts);
  htmx.process(dialog.firstElementChild);
}
function show(parts) {
  fill(parts);
  dialog.showModal();
}

dialog.addEventListener("htmx:afterRequest", ({ detail }) => {
  const asks = detail.elt.matches(".stack"), done = detail.successful;
  if (done || !asks) dialog.close();
  if (!done && sent) say(`${sent.dataset.number} is back where it was.`);
  sent = undefined;
  redraw();
});

// While a card is in hand, or its move is under way, the board stays as it is
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "results" || !(held || sent)) return;
  event.detail.shouldSwap = false;
  missed = true;
});

// By pointer. A finger drags by the grip, as elsewhere it scrolls
document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.(".board li.card"), grip = event.target.closest?.(".grip");
  if (!card || event.button || held || sent || (event.pointerType === "touch" && !grip)) return;
  pressed = { card, x: event.clientX, y: event.clientY, id: event.pointerId };
});
document.addEventListener("pointermove", (event) => {
  if (!pressed || event.pointerId !== pressed.id) return;
  const { card, x, y } = pressed;
  if (!held) {
    if (Math.hypot(event.clientX - x, event.clientY - y) < FAR) return;
    lift(card);
    card.setPointerCapture(event.pointerId);
    held.ghost = ghostOf(card);
    requestAnimationFrame(scrollAtEdges);
  }
  if (!held.ghost) return;
  pressed.at = [event.clientX, event.clientY];
  held.ghost.style.translate = `${event.clientX - x}px ${event.clientY - y}px`;
  aim(columnAt(...pressed.at));
});
document.addEventListener("pointerup", (event) => {
  if (pressed?.id === event.pointerId && held?.ghost) {
    dragged = true;
    setTimeout(() => { dragged = false; });
    drop(held.target);
  }
  pressed = undefined;
});
document.addEventListener("pointercancel", () => { if (held?.ghost) release(); pressed = undefined; });
document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".board")) event.preventDefault(); });

const columnAt = (x, y) => document.elementFromPoint(x, y)?.closest(".board section") ?? null;

function ghostOf(card) {
  const ghost = card.cloneNode(true), box = card.getBoundingClientRect();
  ghost.removeAttribute("id");
  ghost.querySelectorAll("[id]").forEach((part) => part.removeAttribute("id"));
  ghost.className = "card ghost";
  ghost.setAttribute("aria-hidden", "true");
  Object.assign(ghost.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px` });
  document.body.append(ghost);
  return ghost;
}

function scrollAtEdges() {
  if (!held?.ghost) return;
  const board = document.querySelector(".board"), box = board.getBoundingClientRect(), [x, y] = pressed?.at ?? [];
  const way = x < box.left + EDGE ? -1 : x > box.right - EDGE ? 1 : 0;
  if (way) {
    board.scrollLeft += way * STEP;
    aim(columnAt(x, y));
  }
  requestAnimationFrame(scrollAtEdges);
}

// A click on the grip shows every move; the click that ends a drag does nothing
document.addEventListener("click", (event) => {
  if (dragged && event.target.closest?.(".board")) {
    dragged = false;
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const grip = event.target.closest?.(".board .grip");
  if (!grip || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fetchMoves(grip.closest("li")).then((moves) => show([...moves.children]), (error) => toast(error.message));
}, true);

// By keys: Space takes a card, arrows choose a column, Space or Enter lets it go there, Escape puts it back
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && held) {
    say(`${held.card.dataset.number} stays where it is.`);
    release();
    return;
  }
  const card = event.target.closest?.(".board li.card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!held && event.key === " " && !sent) {
    event.preventDefault();
    lift(card);
    say(`${card.dataset.number} in hand. Left and right choose a column, Space lets it go, Escape puts it back.`);
  } else if (held && !held.ghost) {
    byKey(event);
  }
});

function byKey(event) {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "Tab") { release(); return; }
  if (![" ", "Enter"].includes(event.key) && !way) return;
  event.preventDefault();
  if (!way) { drop(held.target); return; }
  const all = columns(), next = all[all.indexOf(held.target ?? held.from) + way];
  if (!next) return;
  aim(next);
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
  const own = held;
  own.moves.then(() => {
    if (held !== own || own.target !== next) return;
    const why = next.querySelector(".why")?.textContent;
    say(next === own.from ? `${titleOf(next)}: where it is.` : why === undefined ? `${titleOf(next)}: allowed.` : `${titleOf(next)}: not allowed. ${why}`);
  }, () => {});
}
