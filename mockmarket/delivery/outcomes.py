"""What came of what was sent, with the world's moment at which that was known: reported one by one, or waited for all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mockmarket.delivery.delivery import Flight, Outcome
from mockmarket.delivery.sender import Sender
from mockmarket.webhooks.acceptance import Answer
from mockmarket.worlds.world import World


@dataclass(frozen=True, slots=True)
class SendCallback:
    """Where the sender reports one flight's answer; called on its thread, so `take` should only note it down."""

    world: World
    flight: Flight
    take: Callable[[World, Outcome], None]

    def __call__(self, answer: Answer) -> None:
        self.take(self.world, Outcome(self.flight, answer, self.world.clock.now()))


def exchange_all(sender: Sender, world: World, flights: Sequence[Flight]) -> list[Outcome]:
    """Send flights all at once and wait for every answer; returns what came of each, in their order."""
    known: dict[int, int] = {}

    def note(index: int) -> None:
        known[index] = world.clock.now()

    answers = sender.send_all([flight.post for flight in flights], note)
    both = zip(flights, answers, strict=True)
    return [Outcome(flight, answer, known[index]) for index, (flight, answer) in enumerate(both)]
