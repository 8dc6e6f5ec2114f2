"""`listen`: webhooks of every vendor received, verified, printed, passed on; as an endpoint of its own making or another's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from mockmarket import tls
from mockmarket.cli import main
from mockmarket.config import Config
from mockmarket.vendor import discover
from mockmarket_client.inbox import Inbox, WebhookVerifier
from mockmarket_client.receiver import Arrival, Reply, listening as receiving
from tests import certificates
from tests.conftest import FITTING, Client
from tests.receiver import Receiver
from tests.running import FIXTURE, command, finish, listen, serving, settled, talking_to

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_") and name != "PORT"}
SECRET = "whsec_of_a_test"
VENDORS = [vendor.name for vendor in discover()]


def refused(*arguments: str) -> tuple[int, str]:
    """Run `listen` in this process, which ends before it listens; returns its exit code and what it said on standard error."""
    environ = {name: None for name in os.environ if name not in CLEAN}
    ran = CliRunner().invoke(main, ["listen", *arguments], env=environ, catch_exceptions=False)
    return ran.exit_code, ran.stderr


@contextmanager
def listening(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `listen` until the block ends; gives the process and where it listens."""
    process = command("listen", "--json", *arguments, environ=CLEAN)
    assert process.stdout
    try:
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        yield process, json.loads(line)["url"]
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate()


def at(client: Client) -> list[str]:
    """Return the options that name the test's world."""
    url, _, world = client.base.rpartition("/w/")
    return ["--url", url, "--world", world]


def printed(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the next webhook that was printed."""
    assert process.stdout
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def endpoints(client: Client) -> list[dict[str, Any]]:
    """Return the world's endpoints."""
    rows: list[dict[str, Any]] = client.control("GET", "endpoints")["endpoints"]
    return rows


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendor_is_received_and_verified(client: Client, vendor: str) -> None:
    notice = FITTING.get(vendor) or next(
        row["notices"][0]["name"] for row in client.control("GET", "vendors")["vendors"] if row["name"] == vendor
    )

    with listening(*at(client), "--vendor", vendor, "--once") as (process, _):
        client.control("POST", f"{vendor}/trigger/{notice}", {})
        heard = printed(process)
        code, _, _ = finish(process)

    signs = heard["signature"]["header"] is not None
    assert (heard["vendor"], heard["valid"], heard["answered"]) == (vendor, True if signs else None, 200)
    assert (code, endpoints(client)) == (0, [])


@pytest.mark.thorough
def test_type_is_told_with_the_body(client: Client) -> None:
    with listening(*at(client), "--once") as (process, _):
        client.control("POST", "portal/trigger/order.accepted", {})
        heard = printed(process)

    assert heard["type"] == "order.accepted"
    assert json.loads(heard["body"])["event"] == "order.accepted"


@pytest.mark.thorough
def test_without_vendor_it_hears_all(client: Client) -> None:
    with listening(*at(client), "--count", "2") as (process, url):
        addresses = {(endpoint["vendor"], endpoint["url"]) for endpoint in endpoints(client)}
        client.control("POST", "portal/trigger/order.accepted", {})
        first = printed(process)
        client.control("POST", "zatabox/trigger/event.published", {})
        second = printed(process)
        code, _, _ = finish(process)

    assert {("portal", f"{url}/portal"), ("zatabox", f"{url}/zatabox")} <= addresses
    assert [(line["vendor"], line["valid"]) for line in (first, second)] == [("portal", True), ("zatabox", True)]
    assert (code, endpoints(client)) == (0, [])


@pytest.mark.thorough
def test_signal_removes_the_endpoint(client: Client) -> None:
    with listening(*at(client), "--vendor", "portal") as (process, _):
        before = len(endpoints(client))

        process.send_signal(signal.SIGINT)
        code, _, _ = finish(process)

    assert (before, endpoints(client), code) == (1, [], 0)


@pytest.mark.thorough
def test_secret_verifies_anothers_endpoint(client: Client) -> None:
    with listening("--secret", SECRET, "--once") as (process, url):
        listen(client, url, secret=SECRET)
        client.control("POST", "portal/trigger/order.accepted", {})
        heard = printed(process)
        code, _, _ = finish(process)

    assert (heard["vendor"], heard["valid"], code) == ("portal", True, 0)
    assert len(endpoints(client)) == 1


@pytest.mark.thorough
def test_wrong_secret_is_told_and_fails(client: Client) -> None:
    with listening("--secret", "another", "--once") as (process, url):
        listen(client, url, secret=SECRET)
        client.control("POST", "portal/trigger/order.accepted", {})
        heard = printed(process)
        code, _, _ = finish(process)

    assert (heard["valid"], heard["answered"], code) == (False, 401, 1)
    assert "another secret" in heard["reason"]
    assert heard["signature"]["got"] != heard["signature"]["expected"]


@pytest.mark.thorough
def test_status_is_what_is_answered(client: Client) -> None:
    with listening(*at(client), "--vendor", "portal", "--status", "503", "--once") as (process, _):
        client.control("PUT", "clock", {"frozen": True})
        client.control("POST", "portal/trigger/order.accepted", {})
        printed(process)
        (row,) = settled(client, state="pending")
        finish(process)

    assert row["last_status"] == 503


def own(headers: Iterable[Sequence[str]]) -> set[tuple[str, ...]]:
    """Return headers but for those that belong to one connection."""
    return {tuple(pair) for pair in headers if pair[0] not in ("Host", "Accept-Encoding", "Connection", "Accept")}


@pytest.mark.thorough
def test_forwarded_bytes_and_headers_are_the_same(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (202, b'{"seen":true}')
    where = ["--forward", f"{receiver.url}?from=listen"]

    with listening(*at(client), "--vendor", "portal", *where, "--once") as (process, _):
        client.control("POST", "portal/trigger/order.accepted", {"override": {"order.section": "café €"}})
        heard = printed(process)
        finish(process)

    (hook,) = receiver.wait(1)
    assert hook.body.decode() == heard["body"]
    assert hook.path == "/hooks?from=listen"
    assert own(hook.headers) == own(heard["headers"])
    assert heard["answered"] == 202


@pytest.mark.thorough
def test_answer_of_forwarding_is_passed_back(receiver: Receiver) -> None:
    receiver.answer = lambda hook: (409, b'{"no":"thanks"}')

    with listening("--forward", receiver.url) as (_, url):
        answer = requests.post(url, data=b"{}", timeout=10)

    assert (answer.status_code, answer.content) == (409, b'{"no":"thanks"}')


def test_end_waits_for_the_answer() -> None:
    begun, ending, answered = threading.Event(), threading.Event(), []

    def take(_: Arrival) -> Reply:
        begun.set()
        ending.wait(0.2)  # nobody sets it: the listener is about to end
        answered.append(True)
        return Reply()

    with ThreadPoolExecutor(1) as pool:
        with receiving(take) as listener:
            sent = pool.submit(requests.post, listener.url, data=b"{}", timeout=10)
            begun.wait(10)

        assert answered == [True]
        assert sent.result().status_code == 200


class Noting(Inbox):
    """Notes how many webhooks had arrived each time that its reply was read."""

    def __init__(self) -> None:
        self.read_at: list[int] = []
        super().__init__(WebhookVerifier({}))

    def __getattribute__(self, name: str) -> Any:
        if name == "reply":
            self.read_at.append(len(self.all))
        return super().__getattribute__(name)


def test_reply_is_the_one_from_before_the_webhook_can_be_taken() -> None:
    inbox = Noting()
    inbox.reply = Reply(status=503)

    reply = inbox.take(Arrival("POST", "/", (), b"{}"))

    assert (reply.status, inbox.read_at) == (503, [0])


@pytest.mark.thorough
def test_forwarding_to_nobody_answers_502(client: Client) -> None:
    with listening("--forward", "http://127.0.0.1:9/", "--once") as (process, url):
        answer = requests.post(url, data=b"{}", timeout=10)
        heard = printed(process)

    assert answer.status_code == 502
    assert heard["trouble"].startswith("http://127.0.0.1:9/")


@pytest.mark.thorough
def test_unknown_sender_is_told_so() -> None:
    with listening("--once") as (process, url):
        requests.post(url, data=b"hello", timeout=10)
        heard = printed(process)
        code, _, err = finish(process)

    assert (heard["vendor"], heard["valid"], heard["body"], code) == (None, None, "hello", 0)
    assert err.startswith("1 of 1 webhooks were not verified. Pass --secret, or --url")


@pytest.mark.thorough
def test_people_read_who_what_and_why() -> None:
    process = command("listen", "--vendor", "portal", "--secret", SECRET, "--once", environ=CLEAN)
    assert process.stdout
    url = process.stdout.readline().removeprefix("Listening. ").strip()

    headers = {"X-Webhook-Event": "order.accepted", "X-Webhook-Timestamp": "1", "X-Webhook-Signature": "sha256=00"}
    requests.post(url, data=b'{"a":1}', headers=headers, timeout=10)

    code, out, _ = finish(process)
    assert out.splitlines()[:2] == [
        "1  INVALID  portal order.accepted  answered 401",
        "   The signature has the wrong length: 2 characters, 64 are due.",
    ]
    assert (code, out.splitlines()[-1]) == (1, '   {"a":1}')


@pytest.mark.thorough
def test_timeout_ends_with_too_few() -> None:
    code, _, err = finish(command("listen", "--once", "--timeout", "0.05", environ=CLEAN))

    assert (code, err) == (1, "Fewer webhooks arrived than requested: 0 of 1.\n")


def test_missing_server_exits_with_three() -> None:
    code, err = refused("--url", "http://127.0.0.1:9")

    assert (code, "No mockmarket answers" in err) == (3, True)


@pytest.mark.parametrize("url", ["nonsense", "localhost:5000/hooks", "ftp://127.0.0.1"])
def test_address_to_forward_to_is_checked(url: str) -> None:
    code, err = refused("--forward", url)

    assert (code, f"{url!r} is not a receiver's URL; write http://" in err) == (2, True)


def test_unknown_vendor_is_a_usage_error() -> None:
    code, err = refused("--vendor", "nobody")

    assert (code, "there are portal" in err) == (2, True)


@pytest.mark.thorough
def test_taken_port_is_told(receiver: Receiver) -> None:
    port = receiver.url.split(":")[2].split("/")[0]

    code, _, err = finish(command("listen", "--port", port, environ=CLEAN))

    assert (code, f"Cannot listen on 127.0.0.1:{port}" in err) == (1, True)


@pytest.mark.thorough
def test_get_says_that_it_listens() -> None:
    with listening() as (_, url):
        answer = requests.get(url, timeout=10)

    assert answer.json() == {"listening": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give certificates of an authority that nobody knows."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("trust", "status"),
    [(["--ca-file", "ca.pem"], 202), (["--insecure"], 202), ([], 502), (["--ca-file", "self-signed.pem"], 502)],
)
def test_forwarding_to_https_checks_the_certificate(folder: Path, trust: list[str], status: int) -> None:
    trust = [str(folder / word) if word.endswith(".pem") else word for word in trust]
    with (
        receiving(lambda arrival: Reply(202), context=certificates.server_context(folder, "good")) as target,
        listening("--forward", target.url, *trust) as (_, url),
    ):
        answer = requests.post(url, data=b"{}", timeout=10)

    assert answer.status_code == status


@pytest.mark.thorough
def test_webhooks_are_received_over_https(tmp_path: Path) -> None:
    tls.authority_in(tmp_path / "authority")
    ca_file = str(tmp_path / "authority/ca.pem")
    with (
        serving(Config(fixture=FIXTURE, ca_file=ca_file)) as served,
        listening(
            "--url", served.url, "--vendor", "portal", "--tls", "--authority", str(tmp_path / "authority"), "--once"
        ) as (process, url),
    ):
        talking_to(served).control("POST", "portal/trigger/order.accepted", {})
        heard = printed(process)
        code, _, err = finish(process)

    assert url.startswith("https://127.0.0.1:")
    assert (heard["valid"], code) == (True, 0)
    assert ca_file in err


@pytest.mark.thorough
def test_own_certificate_is_presented(folder: Path) -> None:
    with listening("--tls", "--cert", str(folder / "good.pem"), "--cert-key", str(folder / "good.key")) as (_, url):
        assert requests.post(url, data=b"{}", timeout=10, verify=str(folder / "ca.pem")).status_code == 200


def test_failed_handshake_disturbs_no_other(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with receiving(lambda arrival: Reply(202), context=certificates.server_context(folder, "good")) as target:
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.post(target.url.replace("https", "http"), data=b"{}", timeout=10)
        answer = requests.post(target.url, data=b"{}", timeout=10, verify=str(folder / "ca.pem"))

    assert answer.status_code == 202
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--ca-file", __file__], "--ca-file needs --forward"),
        (["--insecure"], "--insecure needs --forward"),
        (["--forward", "https://x", "--insecure", "--ca-file", __file__], "not both"),
        (["--register"], "--register needs --url"),
        (["--cert", __file__], "--cert needs --tls"),
        (["--authority", "x"], "--authority needs --tls"),
        (["--tls", "--cert-key", __file__], "--cert-key needs --cert"),
        (["--tls", "--cert", __file__, "--authority", "x"], "not both"),
    ],
)
def test_option_without_its_partner_is_refused(options: list[str], words: str) -> None:
    code, err = refused(*options)

    assert code == 2
    assert words in err


@pytest.mark.parametrize("options", [["--forward", "https://x", "--ca-file", __file__], ["--tls", "--cert", __file__]])
def test_file_without_a_certificate_is_named(options: list[str]) -> None:
    code, err = refused(*options)

    assert code == 1
    assert __file__ in err
