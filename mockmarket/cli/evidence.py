"""What `exec` leaves of the mock when its command fails: its last lines on standard error, and, with --dump, files for CI to keep.

Both come from the worlds' journals and logs of attempts: nothing is collected while the command runs."""

from collections.abc import Iterable
from operator import itemgetter
from pathlib import Path

import orjson

from mockmarket.cli import stopping
from mockmarket.control.deliveries import archive_of, delivery_dict
from mockmarket.control.requests import Request
from mockmarket.records.views import views
from mockmarket.store import history
from mockmarket.worlds import har
from mockmarket.worlds.activity_log import line, recap
from mockmarket.worlds.world import World

LAST = 10
HINT = "-v logs every line as it happens; -q prints none."


def show_last(worlds: Iterable[World], code: int) -> None:
    """Print the last lines of these worlds on standard error, after a command that ended with a code."""
    timed = [each for world in worlds for each in recap(world.name, world.journal.find({})[-LAST:], world.read(), LAST)]
    lines = [line(event) for _, event in sorted(timed, key=itemgetter(0))[-LAST:]]
    ended = f"mockmarket exec: the command ended with {code}"
    if lines:
        stopping.complain("\n".join([f"{ended}. What the mock saw last:", *(f"  {text}" for text in lines), HINT]))
    else:
        stopping.complain(f"{ended}; it sent the mock no request.")


def dump(worlds: Iterable[World], folder: Path) -> None:
    """Write each world into a folder of its own: its state as a SQLite file, its requests and deliveries as JSON and as HTTP archives."""
    for world in worlds:
        own = folder / world.name
        own.mkdir(parents=True, exist_ok=True)
        world.save(own / "state.db")
        for name, content in contents(world).items():
            (own / name).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))


def contents(world: World) -> dict[str, object]:
    """Return what is written of a world, by the file's name; the JSON has the members that the control routes have."""
    read, entries = world.read(), world.journal.find({})
    rows = [row | {"attempts_made": history.attempts(read, row["id"])} for row in history.deliveries(read, {})]
    return {
        "requests.json": {"requests": views(Request, entries), "dropped": world.journal.dropped},
        "requests.har": har.archive(map(har.of_request, entries)),
        "deliveries.json": {"deliveries": [*map(delivery_dict, rows)]},
        "deliveries.har": archive_of(read, {}),
    }
