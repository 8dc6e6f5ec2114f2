"""Bare Flask on waitress: a view for each recorded answer, which returns its bytes and, where one was sent, posts its webhook.

Nothing of mockmarket is imported. `python -m bench.baseline THREADS [FILE]`; the file is what `recording.write` wrote.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import waitress

HEALTH = {
    "method": "GET", "path": "/_mockmarket/health", "status": 200,
    "body": base64.b64encode(b'{"status":"ok"}').decode(), "webhook": None,
}  # fmt: skip


def constant(answer: dict[str, Any]) -> Callable[[], flask.Response]:
    """Return a view that always answers with the same bytes."""
    body, status = base64.b64decode(answer["body"]), answer["status"]
    return lambda: flask.Response(body, status, mimetype="application/json")


def telling(answer: dict[str, Any]) -> Callable[[], flask.Response]:
    """Return a view that posts the same webhook each time before it answers, with a requests session, as people write it."""
    import requests

    view, webhook = constant(answer), answer["webhook"]
    body = base64.b64decode(webhook["body"])
    session = requests.Session()
    session.trust_env = False

    def post_and_view() -> flask.Response:
        session.post(webhook["url"], data=body, headers=webhook["headers"], timeout=30)
        return view()

    return post_and_view


def make_app(answers: list[dict[str, Any]]) -> flask.Flask:
    """Return an application with a view for each answer."""
    app = flask.Flask("bare", static_folder=None)
    for number, answer in enumerate(answers):
        view = telling(answer) if answer["webhook"] else constant(answer)
        app.add_url_rule(answer["path"], f"view{number}", view, methods=[answer["method"]])
    return app


def main(threads: str, file: str | None = None) -> None:
    """Serve on a free port and print it, until the process is ended."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # as mockmarket does: a line for each busy moment
    answers = json.loads(Path(file).read_text()) if file else []
    server: Any = waitress.create_server(
        make_app([HEALTH, *answers]), listen="127.0.0.1:0", threads=int(threads), ident=None, asyncore_use_poll=True,
        connection_limit=1000, channel_timeout=120, backlog=1024,
    )  # fmt: skip
    print(f"Ready. http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
