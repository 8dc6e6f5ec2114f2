"""Segments of a path as the router sees them: an encoded slash is part of its segment, and of the id that stands there."""

from __future__ import annotations

import flask
from werkzeug.routing import MapAdapter, UnicodeConverter

from mockmarket.rules.names import SLASH

SEGMENTS = "mockmarket.segments"
"""Where a WSGI environ has the path whose slashes only divide segments."""


class SegmentConverter(UnicodeConverter):
    """One segment of a path, whatever characters it has."""

    def to_python(self, value: str) -> str:
        """Return what the caller wrote."""
        return value.replace(SLASH.encode("latin-1").decode(), "/")


class Application(flask.Flask):
    """A Flask application whose routes are found by segments."""

    def __init__(self) -> None:
        super().__init__("mockmarket", static_folder=None)
        self.url_map.converters.update(default=SegmentConverter, string=SegmentConverter)

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """Return what finds a request's route."""
        if request is not None and SLASH in (path := request.environ.get(SEGMENTS, "")):
            return self.url_map.bind_to_environ(request.environ | {"PATH_INFO": path})
        return super().create_url_adapter(request)
