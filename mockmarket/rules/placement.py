"""Where a world is in a fleet: the consistent hash of nginx's `hash KEY consistent`, which is ketama's over CRC-32. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from zlib import crc32

POINTS = 160
"""Points of a server of weight 1 on the ring."""


class Placement:
    """Places names on servers as nginx does, for servers of weight 1, named as in its configuration, `HOST:PORT`. A further server takes
    about its share of the names, and leaves every other name where it is."""

    def __init__(self, servers: Sequence[str]) -> None:
        points = {point: server for server in reversed(servers) for point in points_of(server)}
        self._hashes = sorted(points)
        self._servers = [points[point] for point in self._hashes]

    def place_of(self, name: str) -> str:
        """Return the server of a name."""
        index = bisect_left(self._hashes, crc32(name.encode()))
        return self._servers[index % len(self._servers)]


def points_of(server: str) -> list[int]:
    """Return a server's points: each is the CRC-32 of HOST, a zero byte, PORT and the point before."""
    host, _, port = server.rpartition(":") if server.rpartition(":")[2].isdigit() else (server, "", "")
    base, point, points = crc32(f"{host}\0{port}".encode()), 0, []
    for _ in range(POINTS):
        point = crc32(point.to_bytes(4, "little"), base)
        points.append(point)
    return points
