"""Searches texts for regular expressions in a separate process, so that an endless search costs only this process.

Runs as a script without the package: each line of its input is `[seconds, pattern, text]` in JSON, each line of its output `{"found":
true}`, or `{"error": "why not"}`. It ends with its input, and when an answer takes longer than the seconds."""

import json
import re
import signal
import sys
from contextlib import suppress

MOST_MEMORY = 512_000_000


def main() -> None:
    """Answer every question."""
    limit_memory()
    _say({})
    for line in sys.stdin:
        seconds, pattern, text = json.loads(line)
        limit_time(seconds)
        answer = look(pattern, text)
        limit_time(0)
        _say(answer)


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def look(pattern: str, text: str) -> dict[str, object]:
    """Return whether a pattern matches within a text, or the error."""
    try:
        return {"found": re.search(pattern, text) is not None}
    except (re.error, OverflowError) as error:
        return {"error": str(error)}
    except RecursionError:
        return {"error": "its parentheses are too deep"}
    except MemoryError:
        return {"error": "it takes too much memory"}


def limit_time(seconds: float) -> None:
    """Let the system kill this process after so many seconds; 0 cancels that. Windows has no such timer."""
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def limit_memory() -> None:
    """Limit this process's memory where the system allows."""
    if sys.platform != "win32":
        import resource

        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    main()
