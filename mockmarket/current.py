"""The request that is being answered: set by the WSGI application, for vendors' calls, the control plane and the pages alike."""

from contextvars import ContextVar

import flask

REQUEST: ContextVar[flask.Request] = ContextVar("mockmarket.request")


def current_request() -> flask.Request:
    """Return the request that is being answered; LookupError outside of one."""
    return REQUEST.get()
