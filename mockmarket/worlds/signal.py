"""A signal of changes: notified whenever something happened, so that those who wait look again at once."""

from __future__ import annotations

import threading


class ChangeSignal(threading.Condition):
    """A condition that counts how often it was notified: what happens between a look and a wait is not missed.

    Look at `generation`, then at what is waited for, then `wait_changed` from that generation. Nothing is held while looking.
    """

    def __init__(self) -> None:
        super().__init__()
        self.generation = 0

    def notify_all(self) -> None:
        """Wake everybody who waits; the lock is held, as for any condition."""
        self.generation += 1
        super().notify_all()

    def notify_change(self) -> None:
        """Wake everybody who waits."""
        with self:
            self.notify_all()

    def wait_changed(self, generation: int, timeout: float) -> None:
        """Wait until something has changed since a generation, or for `timeout` real seconds."""
        with self:
            self.wait_for(lambda: self.generation != generation, timeout)
