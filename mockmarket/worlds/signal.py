"""A bell: rung whenever something happened, so that those who wait look again at once and never in vain for long."""

from __future__ import annotations

import threading


class Bell(threading.Condition):
    """A condition that counts how often it was notified: what happens between a look and a wait is not missed.

    Look at `rings`, then at what is waited for, then `wait_past` the rings. Nothing is held while looking.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rings = 0

    def notify_all(self) -> None:
        """Wake everybody who waits; the lock is held, as for any condition."""
        self.rings += 1
        super().notify_all()

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self:
            self.notify_all()

    def wait_past(self, rings: int, timeout: float) -> None:
        """Wait until it has been rung more often than `rings`, or for `timeout` real seconds."""
        with self:
            self.wait_for(lambda: self.rings != rings, timeout)
