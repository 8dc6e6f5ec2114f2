"""What every Python receiver here shares: an HTTP server that reads whole bodies as bytes, and shows its state to a GET."""

import json
import os
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = os.environ.get("SECRET", "whsec_local")

Take = Callable[[Mapping[str, str], bytes], int]


def serve(take: Take, state: Callable[[], Any]) -> None:
    """Serve `take(headers, body)`, which returns the status to answer; what it raises is a 500, as in most frameworks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, json.dumps(state()).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            try:
                status = take(self.headers, body)
            except Exception as error:
                print(repr(error), flush=True)
                status = 500
            self.answer(status, b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
    print(f"Listening. http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
