"""The lanes of the sequence diagram: which participants have a lane, in which order, where and how wide. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from string import ascii_uppercase
from typing import NamedTuple
from urllib.parse import urlsplit

from mockmarket.dashboard.formats import initials
from mockmarket.dashboard.timeline import Story
from mockmarket.vendor import Vendor

LEFT = 8  # px that stay free beside the times' column


class Margins(NamedTuple):
    """The px of the times' column, and those at the right for a row's button; a narrow window has no hours."""

    times: int
    right: int
    hours: bool


NARROW_BELOW, WIDE_MARGINS, NARROW_MARGINS = 420, Margins(72, 34, True), Margins(48, 26, False)


def margins_of(width: int) -> Margins:
    """Return the margins of a window."""
    return NARROW_MARGINS if width < NARROW_BELOW else WIDE_MARGINS


WIDEST, NARROWEST, SHORTEST = 220, 96, 15
"""Most px between two lanes; fewest at which each endpoint has its own lane and its name; fewest at all."""
FOLDED = 28  # px of a lane that is folded
CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How lanes are arranged, by their ids: those that come first, in order; those that are folded; those that are always shown."""

    order: Sequence[str] = ()
    folded: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()


AS_AT_FIRST = Arrangement()


@dataclass(frozen=True, slots=True)
class Post:
    """One lane: its kind (`client`, `vendor`, `endpoint`), its position, its label, which is `short` where there is no room; `letters` by
    the ids of the endpoints that share it; `beside` is the lane of an endpoint's vendor."""

    kind: str
    id: str
    name: str
    under: str
    title: str
    short: str
    state: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)
    x: int = 0
    width: int = 0
    folded: bool = False
    pinned: bool = False
    beside: str = ""


def posts_of(story: Story, vendors: Mapping[str, Vendor], arrangement: Arrangement = AS_AT_FIRST) -> list[Post]:
    """Return a lane for the client, and for each vendor that acts with its endpoints beside it, the `core` last; as they are arranged."""
    entries = [*story.items, *story.waiting, *(inner for item in story.items for inner in item.inside)]
    active = {entry.vendor for entry in entries if entry.kind != "hand"} | {of for of, _, _ in story.lanes.values()}
    active |= {name for name in vendors if f"v-{name}" in arrangement.pinned}
    posts = [Post("client", CLIENT, "Client", "your code", "The client of the vendors", "You")]
    for name in (*(vendor for vendor in vendors if vendor in active), *sorted(active - set(vendors))):
        vendor = vendors.get(name)
        title, base = (vendor.title, vendor.base) if vendor else (name.capitalize(), "every vendor")
        posts.append(Post("vendor", f"v-{name}", title, base, f"{title} {base}", initials(title)))
        posts += [endpoint_post(id, *lane) for id, lane in story.lanes.items() if lane[0] == name]
    places = {id: place for place, id in enumerate((CLIENT, *arrangement.order))}
    posts.sort(key=lambda post: places.get(post.id, places.get(post.beside, len(places))))
    return [replace(post, folded=post.id in arrangement.folded, pinned=post.id in arrangement.pinned) for post in posts]


def endpoint_post(id: str, vendor: str, url: str, state: str) -> Post:
    """Return an endpoint's lane."""
    parts = urlsplit(url)
    name, under = (parts.netloc, parts.path or "/") if url else (id, "removed")
    under = f"{state} · {under}" if url and state != "active" else under
    return Post("endpoint", f"e-{id}", name, under, f"{url or id} ({state})", "→", state, beside=f"v-{vendor}")


def lanes_in(posts: Sequence[Post], width: int) -> tuple[Post, ...]:
    """Give the lanes their positions within a width: where they would be too narrow, endpoints beside each other share one lane."""
    margins = margins_of(width)
    x, room = margins.times + LEFT, width - margins.times - LEFT - margins.right // 2
    if _step(posts, room) < NARROWEST:
        posts = [
            post for _, group in groupby(enumerate(posts), _neighbours) for post in _shared([post for _, post in group])
        ]
    step, placed = max(SHORTEST, min(WIDEST, _step(posts, room))), list[Post]()
    for post in posts:
        own = min(step, FOLDED) if post.folded else step
        placed.append(replace(post, x=x + own // 2, width=own - 8))
        x += own
    return tuple(placed)


def _step(posts: Sequence[Post], room: int) -> int:
    """Return how much room each lane has that is not folded."""
    folded = sum(post.folded for post in posts)
    return (room - FOLDED * folded) // max(1, len(posts) - folded)


def _neighbours(numbered: tuple[int, Post]) -> object:
    place, post = numbered
    return "endpoint" if post.kind == "endpoint" and not post.folded else place


def _shared(posts: Sequence[Post]) -> Sequence[Post]:
    """Return one lane for several endpoints beside each other; each has a letter."""
    if len(posts) < 2:
        return posts
    letters = {post.id: ascii_uppercase[number % 26] for number, post in enumerate(posts)}
    titles = "\n".join(f"{letters[post.id]}: {post.title}" for post in posts)
    under = " · ".join(letters.values())
    state = next((post.state for post in posts if post.state != "active"), "active")
    return [Post("endpoint", posts[0].id, f"{len(posts)} endpoints", under, titles, "→", state, letters)]


def positions(posts: Iterable[Post]) -> dict[str, int]:
    """Return the lanes' positions by their ids; endpoints that share a lane have the same."""
    return {id: post.x for post in posts for id in (post.id, *post.letters)}
