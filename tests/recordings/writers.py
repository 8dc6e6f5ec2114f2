"""Write an HTTP archive by each program that writes such: the same five calls, with the key taken out.

`python -m tests.recordings.writers MITMDUMP` runs Chromium's developer tools, Playwright and mitmproxy against a server of ours; MITMDUMP
is mitmproxy's program, which is no dependency of the project. The archives of Charles and Insomnia, which are not free to run, are in
their form: as Charles 4.6 exports (mitmproxy's tests have a sample), and as Insomnia's source `har.ts` does."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from urllib.request import urlopen

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from mockmarket.clock import parse_iso
from mockmarket.config import Config
from tests.browser import NAMES, OPTIONS
from tests.recordings import FOLDER
from tests.running import serving

HAR = FOLDER / "har"
KEY, HOST = "portal_test_full_00000000", "127.0.0.1:8000"
START = "2027-03-01T12:00:00Z"
CUSTOMER = {"email": "mei@example.com", "phone": {"number": "5550100", "countryCode": "+1"}}
IN_BROWSER = """async ([key, customer]) => {
  const call = async (method, path, body) => (await fetch(`/api/v1${path}`, {
    method, headers: {'X-API-Key': key, ...(body && {'Content-Type': 'application/json'})}, body: body && JSON.stringify(body),
  })).json();
  const event = (await call('GET', '/events?limit=2')).data[0].eventId;
  const listing = (await call('GET', `/inventory?eventId=${event}&quantity=2`)).data[0].listingId;
  const {order} = await call('POST', '/orders', {eventId: event, listingId: listing, quantity: 2, customer});
  await call('PATCH', '/orders', {orderId: order.orderId, status: 'accepted'});
  await call('GET', '/inventory?eventId=nowhere');
}"""
"""The five calls, as a page makes them."""
FROM_TOOLS = """async () => {
  const {Writer} = await import('./models/har/har.js'), {NetworkLog} = await import('./models/logs/logs.js');
  const parts = [], stream = {write: async (part) => parts.push(part)};
  const progress = {canceled: false, title: '', totalWork: 0, worked: 0, done: false};
  await Writer.Writer.write(stream, NetworkLog.NetworkLog.instance().requests(), {sanitize: false}, progress);
  return parts.join('');
}"""
"""What "Save all as HAR with content" does in Chromium's developer tools."""


def free_port() -> int:
    """Return a port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def from_python(url: str, **options: Any) -> None:
    """Make the five calls."""
    with requests.Session() as session:
        session.headers["X-API-Key"] = KEY

        def call(method: str, path: str, body: object = None) -> Any:
            return session.request(method, f"{url}/api/v1{path}", json=body, timeout=30, **options).json()

        event = call("GET", "/events?limit=2")["data"][0]["eventId"]
        listing = call("GET", f"/inventory?eventId={event}&quantity=2")["data"][0]["listingId"]
        bought = call("POST", "/orders", {"eventId": event, "listingId": listing, "quantity": 2, "customer": CUSTOMER})
        call("PATCH", "/orders", {"orderId": bought["order"]["orderId"], "status": "accepted"})
        call("GET", "/inventory?eventId=nowhere")


def in_page(page: Page, url: str) -> None:
    """Make the five calls in a page."""
    page.goto(f"{url}/_mockmarket/health")
    page.evaluate(IN_BROWSER, [KEY, CUSTOMER])


def playwright(browser: Browser, url: str, path: Path) -> None:
    """Record by Playwright: bodies in the archive, or in a zip beside it."""
    content: Literal["attach", "embed"] = "attach" if path.suffix == ".zip" else "embed"
    context = browser.new_context(
        record_har_path=path, record_har_content=content, record_har_url_filter="**/api/v1/**"
    )
    in_page(context.new_page(), url)
    context.close()


def developer_tools(browser: Browser, url: str, path: Path, port: int) -> None:
    """Record by Chromium's developer tools, which a second page shows for the first."""
    page, tools = (browser.new_context().new_page() for _ in range(2))
    page.goto(f"{url}/_mockmarket/health")
    with urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        target = next(target["id"] for target in json.load(answer) if target["url"].startswith(url))
    tools.goto(f"http://127.0.0.1:{port}/devtools/inspector.html?ws=127.0.0.1:{port}/devtools/page/{target}")
    tools.wait_for_timeout(3_000)
    page.evaluate(IN_BROWSER, [KEY, CUSTOMER])
    tools.wait_for_timeout(1_000)
    path.write_text(tools.evaluate(FROM_TOOLS), encoding="utf-8")


def mitmproxy(program: str, url: str, path: Path) -> None:
    """Record by mitmdump, as a forward proxy."""
    port = free_port()
    options = ["-q", "-p", str(port), "--set", f"hardump={path}", "--set", f"confdir={path.parent / 'mitmproxy'}"]
    with subprocess.Popen([program, *options]) as process:
        while process.poll() is None:
            with suppress(requests.ConnectionError):  # until it listens
                from_python(url, proxies={"http": f"http://127.0.0.1:{port}"})
                process.send_signal(signal.SIGINT)
                process.wait()
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)


def charles(entries: list[dict[str, Any]]) -> str:
    """Return an archive as Charles writes it: a status of its own, slashes escaped, times with the offset of its place."""
    written = []
    for entry in entries:
        request, response = dict(entry["request"]), {"_charlesStatus": "COMPLETE", **entry["response"]}
        if not request.get("postData", {}).get("text"):
            request.pop("postData", None)
        written.append({"startedDateTime": "2027-03-01T04:00:00.482-08:00", "time": 12, "request": request, "response": response,
                        "cache": {}, "timings": {"connect": 1, "send": 1, "wait": 9, "receive": 1}})  # fmt: skip
    creator = {"name": "Charles Proxy", "version": "4.6.3"}
    text = json.dumps({"log": {"version": "1.2", "creator": creator, "entries": written}}, indent=4)
    return text.replace("</", "<\\/")


def insomnia(entries: list[dict[str, Any]]) -> str:
    """Return an archive as Insomnia writes it: an empty body for none, one time for all, sizes unknown, a title as the comment."""
    written = []
    for number, entry in enumerate(entries, 1):
        posted = (
            {"mimeType": "", "text": "", "params": []}
            if entry["request"]["method"] == "GET"
            else entry["request"]["postData"]
        )
        sizes = {"headersSize": -1, "bodySize": -1}
        request = {**entry["request"], "postData": posted, **sizes, "settingEncodeUrl": True}
        response = {**entry["response"], "redirectURL": "", **sizes}
        response["content"] = {name: response["content"][name] for name in ("size", "mimeType", "text")}
        written.append({"startedDateTime": START.replace("Z", ".981Z"), "time": 70.402, "request": request, "response": response,
                        "cache": {}, "timings": {"blocked": -1, "send": 0, "wait": 70.402, "receive": 0},
                        "comment": f"Call {number}"})  # fmt: skip
    creator = {"name": "Insomnia REST Client", "version": "insomnia.desktop.app:v2023.5.8"}
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": written}}, indent="\t")


def scrubbed(content: bytes, host: str) -> bytes:
    """Return an archive without the key, and with a fixed host."""
    return content.replace(KEY.encode(), b"(redacted)").replace(host.encode(), HOST.encode())


def keep(path: Path, host: str) -> None:
    """Store an archive, scrubbed, among the tests' recordings."""
    target = HAR / path.name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
            for name in sorted(packed.namelist()):
                written.writestr(zipfile.ZipInfo(name), scrubbed(packed.read(name), host), zipfile.ZIP_DEFLATED)
    else:
        target.write_bytes(scrubbed(path.read_bytes(), host))
    print(f"{target.name}: {target.stat().st_size} bytes")


def servers() -> Iterator[str]:
    """Yield the URL of a new server, each as the one before."""
    while True:
        with serving(Config(fixture="small", seed=7, now=parse_iso(START))) as served:
            yield served.url


def main(mitmdump: str) -> None:
    """Write every archive."""
    port, urls = free_port(), servers()
    path = next(filter(None, map(shutil.which, NAMES[1:])))
    options = [*OPTIONS, f"--remote-debugging-port={port}", "--remote-allow-origins=*"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=options)
        writers: dict[str, Callable[[str, Path], None]] = {
            "playwright.har": lambda url, to: playwright(browser, url, to),
            "playwright.zip": lambda url, to: playwright(browser, url, to),
            "chromium.har": lambda url, to: developer_tools(browser, url, to, port),
            "mitmproxy.har": lambda url, to: mitmproxy(mitmdump, url, to),
        }
        for name, write in writers.items():
            url = next(urls)
            write(url, Path(folder, name))
            keep(Path(folder, name), url.removeprefix("http://"))
        browser.close()
    entries = json.loads((HAR / "mitmproxy.har").read_bytes())["log"]["entries"]
    for name, text in (("charles.har", charles(entries)), ("insomnia.har", insomnia(entries))):
        (HAR / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
