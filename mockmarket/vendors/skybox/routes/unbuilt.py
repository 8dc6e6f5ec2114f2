"""The public paths that the mock does not have: each answers 501 and names itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

import flask
from flask.views import MethodView

from mockmarket.errors import NotBuilt
from mockmarket.vendors.skybox.routes.common import blueprint, refuses
from mockmarket.vendors.skybox.unbuilt import UNBUILT

blp = blueprint("not built", "what the mock does not have; every call answers 501")


def refusing(method: str, path: str) -> Any:
    """Return the view of a call that is not built."""

    def view(self: MethodView, **parts: str) -> flask.Response:
        raise NotBuilt(f"{method} {path} is not built in this mock.")

    view.__doc__ = f"Not built: answers 501 to {method} {path}."
    open_to_all = cast(Callable[[Any], Any], blp.doc(security=[]))
    return open_to_all(refuses(blp, 501)(view))


def register() -> None:
    """Give each path a view for each of its methods."""
    methods: dict[str, list[str]] = defaultdict(list)
    for method, path in UNBUILT:
        methods[path].append(method)
    for path, there in methods.items():
        members = {method.lower(): refusing(method, path) for method in there}
        name = f"Unbuilt{''.join(part.title() for part in re.findall(r'[A-Za-z0-9]+', path))}"
        blp.route(rule_of(path))(type(name, (MethodView,), members))


def rule_of(path: str) -> str:
    """Write a path as Flask does; its parts may have no dash in their names."""
    return re.sub(r"{([^}]+)}", lambda part: f"<string:{part[1].replace('-', '_')}>", path)


register()
