"""A world and its inbox in coroutines: the event loop goes on, so that a receiver in it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from mockmarket_client import Client
from mockmarket_client.inbox import NotReceived
from mockmarket_client.market import TestWorld, market
from tests.conftest import Served

T = TypeVar("T")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@pytest.fixture
def world(served: Served) -> Iterator[TestWorld]:
    """Give the test a world of its own."""
    with Client(served.url) as client, market(client, "in-a-loop", fixture="small") as world:
        yield world


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: the browser of other tests keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_wait_leaves_a_receiver_in_the_loop_running(world: TestWorld) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async def test() -> str:
        async with await asyncio.start_server(answer, "127.0.0.1") as receiver:
            host, port = receiver.sockets[0].getsockname()
            await world.client.aio.create_endpoint("portal", f"http://{host}:{port}/")
            await world.aio.trigger("portal", "order.accepted")
            waited = await world.aio.wait("deliveries", type="order.accepted")
            return str(waited["deliveries"][0]["state"])

    assert run(test()) == "delivered"


def test_inbox_is_awaited(world: TestWorld) -> None:
    async def test() -> list[str | None]:
        inbox = await world.aio.inbox("portal")
        coming = asyncio.create_task(inbox.aexpect("order.confirmed"))
        await world.aio.trigger("portal", "order.accepted")
        await world.aio.trigger("portal", "order.confirmed")
        return [(await coming).type, (await inbox.anext()).type]

    assert run(test()) == ["order.confirmed", "order.accepted"]


def test_awaited_webhook_may_not_come(world: TestWorld) -> None:
    async def test() -> None:
        inbox = await world.aio.inbox("portal")
        await inbox.anext(0.01)

    with pytest.raises(NotReceived, match=r"No webhook arrived within 0\.01 s"):
        run(test())


def test_cancelled_wait_takes_nothing(world: TestWorld) -> None:
    async def test() -> str | None:
        inbox = await world.aio.inbox("portal")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(inbox.anext(), 0.01)
        await world.aio.trigger("portal", "order.accepted")
        return (await inbox.anext()).type

    assert run(test()) == "order.accepted"


def test_unknown_method_is_refused_at_once(world: TestWorld) -> None:
    with pytest.raises(AttributeError, match="no attribute 'wayt'"):
        _ = world.aio.wayt
