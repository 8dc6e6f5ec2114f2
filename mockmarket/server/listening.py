"""The sockets that a server listens on: one for an address, one for each loopback of `localhost`."""

import errno
import socket
from contextlib import ExitStack, closing

BACKLOG = 1024
ADDRESSES = {"localhost": ("127.0.0.1", "::1")}
"""The addresses of a name that stands for several."""
PORT_TRIES = 20
NO_FAMILY = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
"""Errors of a machine that lacks an address's family, such as one without IPv6."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Return the listening sockets of a host, all on one port; port 0 chooses a free one. A family that the machine lacks is left out
    where there is another. Raises OSError when it cannot listen."""
    addresses = ADDRESSES.get(host, (host,))
    for _ in range(PORT_TRIES if port == 0 else 1):
        try:
            return listen_on(addresses, port)
        except OSError as error:
            failure = error
            if error.errno != errno.EADDRINUSE:
                break
    raise failure


def listen_on(addresses: tuple[str, ...], port: int) -> list[socket.socket]:
    """Return a listening socket for each address, all on one port."""
    lacking = NO_FAMILY if len(addresses) > 1 else ()
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            try:
                sockets.append(socket.create_server((address, port), family=family, backlog=BACKLOG))
            except OSError as error:
                if error.errno not in lacking:
                    raise
                continue
            opened.enter_context(closing(sockets[-1]))
            port = sockets[0].getsockname()[1]
        if not sockets:
            raise OSError(errno.EADDRNOTAVAIL, "The machine has none of its addresses")
        opened.pop_all()
        return sockets
