"""Metrics of the process for Prometheus, written with the package prometheus-client, an extra."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import flask

from mockmarket.api.context import Services
from mockmarket.api.operations import Answer
from mockmarket.clock import LATEST
from mockmarket.control.base import Context, operation
from mockmarket.errors import NotBuilt
from mockmarket.store import outbox
from mockmarket.store.files import DataError
from mockmarket.worlds.world import World

if TYPE_CHECKING:
    from prometheus_client import Metric

MISSING = "Metrics need the package prometheus-client: pip install 'mockmarket[metrics]'."


@operation(answer=Answer({"type": "string"}, content_type="text/plain"))
def get_metrics(context: Context) -> flask.Response:
    """Return the process's metrics in Prometheus's text format; 501 without the extra `metrics`."""
    try:
        import prometheus_client as prometheus
    except ImportError as error:
        raise NotBuilt(MISSING) from error
    registry = prometheus.CollectorRegistry()
    prometheus.ProcessCollector(registry=registry)
    prometheus.PlatformCollector(registry=registry)
    registry.register(ServerMetrics(context.services))
    return flask.Response(prometheus.generate_latest(registry), content_type=prometheus.CONTENT_TYPE_PLAIN_0_0_4)


class ServerMetrics:
    """What the server itself counts, collected when it is asked for."""

    def __init__(self, services: Services) -> None:
        self._worlds, self._engine = services.registry, services.engine

    def collect(self) -> Iterable["Metric"]:
        """Yield each metric with its values."""
        from prometheus_client.core import CounterMetricFamily as Counts, GaugeMetricFamily as Gauge

        worlds = self._worlds.all()
        yield Gauge("mockmarket_worlds", "Worlds that are served.", len(worlds))
        yield Gauge("mockmarket_damaged_worlds", "Worlds whose file is damaged.", len(self._worlds.damaged))
        yield Gauge("mockmarket_world_bytes", "Size of the worlds' files.", sum(bytes_of(worlds)))
        yield Gauge("mockmarket_deliveries_waiting", "Deliveries that wait for an attempt.", sum(waiting(worlds)))
        in_flight = sum(sum(world.in_flight.copy().values()) for world in worlds)
        yield Gauge("mockmarket_deliveries_in_flight", "Deliveries that are being sent.", in_flight)
        yield Counts("mockmarket_attempts", "Attempts of deliveries that have ended.", self._engine.settled)
        yield Counts("mockmarket_deliveries_pruned", "Deliveries that are no longer kept.", self._engine.pruned)
        refused = Counts("mockmarket_refused_by_limits", "Refusals by limits of the server.", labels=["limit"])
        for limit, count in self._worlds.limits.refused.items():
            refused.add_metric([limit], count)
        answered = Counts("mockmarket_requests", "Vendors' answers.", labels=["vendor", "status"])
        for (vendor, status), count in self._worlds.answered.counts().items():
            answered.add_metric([vendor, str(status)], count)
        yield from (refused, answered)


def waiting(worlds: Iterable[World]) -> Iterator[int]:
    """Yield how many deliveries of each world wait; a world that was dropped meanwhile, or whose file cannot be read, has none."""
    for world in worlds:
        with suppress(DataError, sqlite3.Error):
            yield outbox.due_until(world.read(), LATEST)


def bytes_of(worlds: Iterable[World]) -> Iterator[int]:
    """Yield the size of each world's file."""
    for world in worlds:
        with suppress(OSError):
            yield world.store.path.stat().st_size
