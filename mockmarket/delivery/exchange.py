"""One POST over one libcurl handle: checks of the request, limits on the answer, and an error code for each failure.
libcurl does not check header lines and does not limit an answer's size; this module does."""

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pycurl

from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.targets import Policy, ascii_url, check_url, refusal

Done = Callable[[Answer], None]

ERRORS: dict[str, str] = {
    "bad_url": "the URL is not one that can be sent to; nothing was sent",
    "bad_header": "a header's name or value is not allowed; nothing was sent",
    "blocked": "the target policy forbids the address; nothing was sent",
    "dns": "the host's name was not resolved",
    "refused": "no connection could be made",
    "tls": "the TLS handshake failed, or the certificate was not trusted",
    "timeout": "the exchange was not over at its deadline",
    "reset": "the receiver closed or reset the connection before its answer was complete",
    "protocol": "what came back is not HTTP/1",
    "too_many_headers": "the answer's headers are more than 100 lines or 64 KB",
    "stopped": "the exchange was given up before it was over: the server stops, or the world has become another",
    "failed": "libcurl failed in another way; the detail says how",
}

# https://curl.se/libcurl/c/libcurl-errors.html; a code that is missing is "failed".
WORDS: dict[int, str] = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "protocol",  # HTTP/0.9, as check_url lets no other scheme through
    pycurl.E_URL_MALFORMAT: "bad_url",
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "refused",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "protocol",
    pycurl.E_PARTIAL_FILE: "reset",
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_GOT_NOTHING: "reset",
    pycurl.E_SEND_ERROR: "reset",
    pycurl.E_RECV_ERROR: "reset",
    pycurl.E_SSL_CIPHER: "tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_BAD_CONTENT_ENCODING: "protocol",
    pycurl.E_SSL_CACERT_BADFILE: "tls",
    100: "too_many_headers",  # CURLE_TOO_LARGE, which pycurl does not name
}

MAX_HEADER_LINES = 100
MAX_HEADER_BYTES = 65_536
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")
FRAMING = frozenset(("host", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect"))
# A name without a value keeps libcurl (and pycurl's User-Agent) from adding its own.
NOT_OURS = ("Accept:", "Content-Type:", "Expect:", "User-Agent:")

_FIXED: tuple[tuple[int, Any], ...] = (
    (pycurl.POST, 1),
    (pycurl.NOSIGNAL, 1),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.PROXY, ""),  # an empty string also beats the environment
    (pycurl.NOPROXY, "*"),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.HTTP09_ALLOWED, 0),
    (pycurl.HTTP_CONTENT_DECODING, 0),  # a compressed answer is kept as it came
    (pycurl.PATH_AS_IS, 1),
    (pycurl.TCP_NODELAY, 1),
    (pycurl.UPLOAD_BUFFERSIZE, 16_384),  # bytes, the least that libcurl allows: each exchange in flight has one
    (pycurl.SSL_VERIFYPEER, 1),
    (pycurl.SSL_VERIFYHOST, 2),
    (pycurl.DNS_CACHE_TIMEOUT, 10),  # seconds: a container that was started again has another address
)


@dataclass(frozen=True, slots=True)
class Post:
    """One POST. `headers` are sent in this order, duplicates included; `deadline_ms` is real time from the start of the
    name lookup to the last byte of the answer; `cap` limits the bytes read of the answer's body. POSTs of one
    `destination` compete for places among themselves first; POSTs to a destination that `is_last` start after those to others. Once
    `token` is set the exchange is cancelled. `client_cert` (PEM, with its key) is shown to a receiver that asks for one."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    deadline_ms: int
    cap: int = 65_536
    destination: object = None
    is_last: bool = False
    token: threading.Event = field(default_factory=threading.Event)
    client_cert: bytes = b""


class Handed(socket.socket):
    """A socket that libcurl duplicates; it is closed with its last reference."""

    def __del__(self) -> None:
        self.close()


class Exchange:
    """One reusable libcurl handle, and the data that the current exchange has received."""

    def __init__(self, policy: Policy, trusted: str) -> None:
        self.curl = pycurl.Curl()
        self._policy = policy
        for option, value in _FIXED:
            self.curl.setopt(option, value)
        self.curl.setopt(pycurl.CAINFO, trusted)
        self.curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        self.curl.setopt(pycurl.PREREQFUNCTION, self._permit)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._take_header)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._take_body)

    def begin(self, post: Post, done: Done) -> None:
        """Set the handle up for `post` and clear the previous exchange."""
        self.post, self.done, self._cap = post, done, post.cap
        self._lines: list[bytes] = []
        self._body = bytearray()
        self._header_lines = self._header_bytes = 0
        self._head_over = self._truncated = False
        self._stop: tuple[str, str] | None = None
        self.curl.setopt(pycurl.URL, ascii_url(post.url))
        if post.client_cert:  # of this handle's one exchange: libcurl cannot take it back
            self.curl.setopt(pycurl.SSLCERT_BLOB, post.client_cert)
            self.curl.setopt(pycurl.SSLKEY_BLOB, post.client_cert)
        # libcurl leaves out "Name:" without a value; "Name;" is its spelling of an empty one.
        lines = (f"{name}: {value}" if value.strip(" \t") else f"{name};" for name, value in post.headers)
        self.curl.setopt(pycurl.HTTPHEADER, [*NOT_OURS, *lines])
        self.load(post.body)
        self.curl.setopt(pycurl.FRESH_CONNECT, 0)
        self._deadline_ms, self._spent_ms = post.deadline_ms, 0.0
        self._aim()

    def load(self, body: bytes) -> None:
        """Make it a POST of `body`, passed to libcurl in full. An exchange without a body overrides this."""
        self.curl.setopt(pycurl.POSTFIELDS, body)

    def renew(self) -> bool:
        """Prepare a send on a new connection, if libcurl was about to resend on a second kept one; else False. By
        default libcurl tries one kept connection after another, and a receiver may see the POST that often."""
        if not self._second_kept:
            return False
        self.curl.setopt(pycurl.FRESH_CONNECT, 1)
        self._spent_ms = self.elapsed_ms()
        self._aim()
        return True

    def _aim(self) -> None:
        self._permitted = self._opened = self._second_kept = False
        self.curl.setopt(pycurl.TIMEOUT_MS, max(1, int(self._deadline_ms - self._spent_ms)))  # 0 would mean no limit

    def answer(self, code: int, message: str) -> Answer:
        """Return the answer of the exchange that libcurl ended with `code`."""
        error, detail = self._outcome(code, message)
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        if error and status:
            detail = f"the receiver answered {status}, but: {detail}"
        lines = (line.decode("latin-1").partition(":") for line in self._lines if b":" in line)
        headers = tuple((name.strip(), value.strip()) for name, _, value in lines)
        answered = (None if error else status, headers, bytes(self._body), self._truncated)
        return Answer(*answered, error, detail, self.elapsed_ms())

    def forget(self) -> None:
        """Let go of the last exchange, and with it of its world."""
        del self.post, self.done

    def elapsed_ms(self) -> float:
        """Return the real milliseconds of the exchange, as libcurl measured them."""
        return self._spent_ms + float(self.curl.getinfo(pycurl.TOTAL_TIME)) * 1000

    def _outcome(self, code: int, message: str) -> tuple[str | None, str]:
        if self._truncated or (code == 0 and self._head_over):
            return None, ""
        if code == 0:  # libcurl takes a head that ends in the middle for a whole one
            return "reset", "the answer's headers ended in the middle"
        if self._stop and code in (pycurl.E_COULDNT_CONNECT, pycurl.E_WRITE_ERROR):
            return self._stop
        word = WORDS.get(code, "failed")
        if code == pycurl.E_RECV_ERROR and "chunk" in message.lower():  # libcurl's code for a broken connection too
            word = "protocol"
        return word, message or ERRORS[word]

    def _open(self, _purpose: int, address: Any) -> socket.socket | int:
        """Return a socket for an address that the target policy allows. Called for each new connection."""
        reason = refusal(self._policy, str(address.addr[0]))
        if reason is None:
            self._opened = True
            return Handed(address.family, address.socktype, address.protocol)
        self._stop = ("blocked", reason)
        return int(pycurl.SOCKET_BAD)

    def _permit(self, *_addresses: object) -> int:
        """Allow libcurl to send on its current connection. Called before each send, the first and a resend."""
        self._second_kept = self._permitted and not self._opened
        self._permitted, self._opened = True, False
        return int(pycurl.PREREQFUNC_ABORT if self._second_kept else pycurl.PREREQFUNC_OK)

    def _take_header(self, line: bytes) -> int:
        """Store a line of the final head; lines of interim answers and trailers are only counted."""
        bare = line.rstrip(b"\r\n")
        self._header_lines += bool(bare)
        self._header_bytes += len(line)
        if self._header_lines > MAX_HEADER_LINES + 1 or self._header_bytes > MAX_HEADER_BYTES:  # 1: the status line
            self._stop = ("too_many_headers", ERRORS["too_many_headers"])
            return 0
        if bare and self._header_lines == 1 and not bare.startswith(b"HTTP/1."):  # libcurl takes HTTP/3 over HTTP/1.1
            self._stop = ("protocol", ERRORS["protocol"])
            return 0
        if self._head_over and bare.startswith(b"HTTP/"):
            self._head_over = False
            self._lines.clear()
        if not self._head_over:
            self._head_over = not bare
            self._lines.append(bare)
        return len(line)

    def _take_body(self, data: bytes) -> int:
        room = self._cap - len(self._body)
        self._body += data[:room]
        self._truncated = len(data) > room
        return 0 if self._truncated else len(data)


def fault(post: Post) -> Answer | None:
    """Return the answer to a POST whose URL or headers may not be sent; None for any other."""
    try:
        check_url(post.url)
    except ValueError as error:
        return failure("bad_url", str(error))
    for name, value in post.headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            return failure("bad_header", f"the header {name!r} has a name or value that HTTP does not allow")
        if name.lower() in FRAMING:
            return failure("bad_header", f"the header {name!r} is the sender's own")
    return None


def failure(error: str, detail: str = "", elapsed_ms: float = 0.0) -> Answer:
    """Return the answer of an exchange without a response: a code of ERRORS, and its meaning unless `detail` says more."""
    return Answer(None, error=error, detail=detail or ERRORS[error], elapsed_ms=elapsed_ms)
