"""Calls from coroutines, with asyncio: the event loop, and a receiver of webhooks that runs in it, goes on while one waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

from mockmarket_client.clock import monotonic
from mockmarket_client.failures import MockmarketError

__tracebackhide__ = True  # a failure shows the test's own lines

T = TypeVar("T")
Waking = Callable[[Callable[[], None]], AbstractContextManager[None]]


class AsyncCalls:
    """The methods of an object as coroutine functions; each call runs in a thread."""

    def __init__(self, target: object) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        return partial(_in_thread, getattr(self._target, name))


async def _in_thread(method: Callable[..., Any], *args: object, **options: object) -> Any:
    try:
        return await asyncio.to_thread(method, *args, **options)
    except MockmarketError as error:
        refusal = error.with_traceback(None)  # the thread's own lines say nothing
    raise refusal


async def first(take: Callable[[], T | None], waking: Waking, timeout_s: float) -> T | None:
    """Return the first result of `take` that is not None, or None at the time limit. It is called now, and after each call of the function
    that `waking` hands to other threads for the length of a block; when the wait is cancelled, not again."""
    loop, changed, until = asyncio.get_running_loop(), asyncio.Event(), monotonic() + timeout_s

    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    timer = threading.Timer(timeout_s, wake)  # the loop's own timers read a clock that a test may have frozen
    timer.daemon = True
    timer.start()
    try:
        with waking(wake):
            while (result := take()) is None and monotonic() < until:
                changed.clear()
                await changed.wait()
    finally:
        timer.cancel()
    return result
