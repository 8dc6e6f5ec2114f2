"""What came of what was sent, with the world's moment at which that was known: reported one by one, or waited for all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mockmarket.delivery.delivery import Outcome, PreparedSend
from mockmarket.delivery.sender import Sender
from mockmarket.webhooks.acceptance import Answer
from mockmarket.worlds.world import World


@dataclass(frozen=True, slots=True)
class SendCallback:
    """Where the sender reports one send's answer; called on its thread, so `take` should only note it down."""

    world: World
    send: PreparedSend
    take: Callable[[World, Outcome], None]

    def __call__(self, answer: Answer) -> None:
        self.take(self.world, Outcome(self.send, answer, self.world.clock.now()))


def exchange_all(sender: Sender, world: World, sends: Sequence[PreparedSend]) -> list[Outcome]:
    """Send all at once and wait for every answer; returns what came of each, in their order."""
    known: dict[int, int] = {}

    def note(index: int) -> None:
        known[index] = world.clock.now()

    answers = sender.send_all([send.post for send in sends], note)
    both = zip(sends, answers, strict=True)
    return [Outcome(send, answer, known[index]) for index, (send, answer) in enumerate(both)]
