"""Access with the control token: open sessions of the dashboard, and addresses that sent wrong tokens. In memory, bounded."""

import hmac
import threading

from mockmarket.clock import HOUR, SECOND
from mockmarket.errors import RateLimited, Unauthenticated
from mockmarket.ids import session_token

SESSION_MS = 12 * HOUR
MOST_SESSIONS = 1_000
FREE_TRIES = 10
"""Wrong tokens in a row after which an address must wait before each further token."""
WAIT_MS = 10 * SECOND
MOST_ADDRESSES = 10_000


class Access:
    """The sessions and the wrong tokens of one server, used by any thread. Moments are the machine's, in epoch ms."""

    def __init__(self) -> None:
        self._sessions: dict[str, int] = {}
        self._wrong: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def check(self, token: str, expected: str, address: str, now: int) -> None:
        """Raise Unauthenticated for a wrong token, RateLimited for any after FREE_TRIES wrong ones in a row from its address, until
        WAIT_MS after the last one."""
        if not token:
            raise Unauthenticated("The control routes need the control token: send it as Authorization: Bearer TOKEN.")
        with self._lock:
            count, last = self._wrong.get(address, (0, 0))
            if count >= FREE_TRIES and last <= now < last + WAIT_MS:
                raise too_many(-(-(last + WAIT_MS - now) // SECOND))
            self._wrong.pop(address, None)
            if hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode()):
                return
            self._wrong[address] = (count + 1, now)
            if len(self._wrong) > MOST_ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
        raise Unauthenticated("This is not the control token that the server was started with.")

    def open_session(self, now: int) -> str:
        """Return the secret of a new session; above MOST_SESSIONS the oldest session ends."""
        with self._lock:
            if len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            session = session_token()
            self._sessions[session] = now + SESSION_MS
        return session

    def has_session(self, session: str, now: int) -> bool:
        """Return whether a session is open."""
        return now < self._sessions.get(session, 0)

    def end_session(self, session: str) -> None:
        """End a session, if it is open."""
        with self._lock:
            self._sessions.pop(session, None)


def too_many(wait_s: int) -> RateLimited:
    """Return the refusal of a token from an address that must wait."""
    refusal = RateLimited(f"Too many wrong control tokens came from your address. Try again in {wait_s} s.")
    refusal.headers["Retry-After"] = str(wait_s)
    return refusal
