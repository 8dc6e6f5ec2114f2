"""Acceptance rules: an Answer goes in, None or the reason of the failure comes out. Pure."""

from collections.abc import Callable

import orjson

from mockmarket.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one POST. `status` is None when no complete HTTP answer was read; `error` is then a code of a
    closed list (see `delivery.exchange.ERRORS`) and `detail` explains it in a sentence. `body` holds at most the cap;
    `truncated` is True when more came; `elapsed_ms` is real time from the first step of the exchange to its end."""

    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    truncated: bool = False
    error: str | None = None
    detail: str = ""
    elapsed_ms: float = 0.0


Acceptance = Callable[[Answer], str | None]
YES = (True, "true")  # some vendors' samples write booleans as text


def only_200(answer: Answer) -> str | None:
    """Accept status 200 and nothing else; 201, 202 and 204 are failures."""
    return _refused(answer, range(200, 201), "only 200")


def any_2xx(answer: Answer) -> str | None:
    """Accept every status from 200 to 299."""
    return _refused(answer, range(200, 300), "only a 2xx")


def says_success(answer: Answer) -> str | None:
    """Accept a 2xx unless its JSON has a `success` other than true or "true"."""
    refused, success = any_2xx(answer), _json_object(answer.body).get("success", True)
    if refused is not None or success is True or success == "true":
        return refused
    return f'answered {answer.status}, but its JSON\'s success is {orjson.dumps(success).decode()}; only true and "true" count'


def _refused(answer: Answer, accepted: range, words: str) -> str | None:
    if answer.status is None:
        return f"no answer: {answer.detail or answer.error or 'the exchange ended early'}"
    return None if answer.status in accepted else f"answered {answer.status}, {words} counts as delivered"


def _json_object(body: bytes) -> dict[str, object]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
