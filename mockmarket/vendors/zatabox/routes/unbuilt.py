"""The public paths that the mock does not have: each answers 501 and names itself."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import flask
from flask.views import MethodView

from mockmarket.errors import NotBuilt
from mockmarket.vendors.zatabox.routes.common import blueprint, open_to_all, refuses
from mockmarket.vendors.zatabox.unbuilt import UNBUILT

blp = blueprint("not built", "what the mock does not have; every call answers 501")


def refusing(method: str, path: str) -> Any:
    """Return the view of a call that is not built."""

    def view(self: MethodView, **parts: str) -> flask.Response:
        raise NotBuilt(f"{method} {path} is not built in this mock.")

    view.__doc__ = f"Not built: answers 501 to {method} {path}."
    return open_to_all(blp)(refuses(blp, 501)(view))


def register() -> None:
    """Give each path a view for each of its methods."""
    methods: dict[str, list[str]] = defaultdict(list)
    for method, path in UNBUILT:
        methods[path].append(method)
    for path, there in methods.items():
        members = {method.lower(): refusing(method, path) for method in there}
        name = f"Unbuilt{''.join(part.title() for part in path.replace('{', '').replace('}', '').replace('-', '/').split('/'))}"
        blp.route(path.replace("{", "<string:").replace("}", ">"))(type(name, (MethodView,), members))


register()
