"""Sessions that reach the server though a library that catches HTTP is active in the test's process."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter

from mockmarket_client.urls import is_loopback


class DirectAdapter(HTTPAdapter):
    """Sends for real: `responses` replaces `HTTPAdapter.send`, and this is the method as it was when the module was imported."""

    send = HTTPAdapter.send


class DirectSession(requests.Session):
    """A session that neither `responses` nor `requests-mock` catches; proxies of the environment are not used for a server on loopback."""

    send = requests.Session.send
    get_adapter = requests.Session.get_adapter

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = not is_loopback(url)
        for scheme in ("http://", "https://"):
            self.mount(scheme, DirectAdapter())
