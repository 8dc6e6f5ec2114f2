"""The receiver exam finds the bug planted in each example receiver, and none in the correct ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.exam.cases import CASES
from mockmarket.exam.connection import pieces_of
from tests.conftest import Client
from tests.receiver import PATIENCE_S, receiving, run_server
from tests.running import unused_port

RECEIVERS = Path(__file__).parent.parent / "examples" / "receivers"
SECRET = "whsec_local"
EFFECTS = {"replayed", "duplicate", "reordered"}
BUGS: dict[str, tuple[str, set[str]]] = {
    "portal_correct.mjs": ("portal", set()),
    "portal_reserialised.mjs": ("portal", {"raw_bytes", "respaced"}),
    "portal_throws.mjs": ("portal", {"truncated_signature", "missing_signature"}),
    "portal_no_window.py": ("portal", {"stale", "future"}),
    "portal_decodes_pieces.mjs": ("portal", {"slow"}),
    "ticketnation_correct.py": ("ticketnation", set()),
    "ticketnation_no_dedupe.py": ("ticketnation", EFFECTS),
    "zatabox_correct.mjs": ("zatabox", set()),
    "zatabox_gullible.py": ("zatabox", {"truncated_signature", "unknown_type"}),
    "tixstock_correct.py": ("tixstock", set()),
    "skybox_correct.py": ("skybox", set()),
    "skybox_last_wins.py": ("skybox", {"reordered"}),
}
"""Each receiver's vendor, and the cases in which its planted bug must show."""
ROTATIONS = {"rotation", "rotation_old"}
STAMPED = {"stale", "future"}
OF_API = {"slow_api", "missed"}  # cases that only receivers which use the API of the world are asked
NOT_ASKED = {
    "portal": ROTATIONS | OF_API,
    "ticketnation": ROTATIONS | STAMPED | OF_API,
    "zatabox": ROTATIONS | {"signature_upper"} | OF_API,
    "tixstock": ROTATIONS | STAMPED | EFFECTS | {"signature_upper"} | OF_API,
    "skybox": ROTATIONS | STAMPED | {"signature_upper"} | OF_API,
}
"""What each vendor gives no cause to ask, its settings as they come."""
CORRECT = [name for name, (_, bugs) in BUGS.items() if not bugs]


@contextmanager
def receiver(name: str) -> Iterator[str]:
    """Run an example receiver on a free port; gives its URL."""
    runs = [sys.executable] if name.endswith(".py") else ["node"]
    env = {"SECRET": SECRET, "PORT": "0", "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen([*runs, str(RECEIVERS / name)], stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().rpartition(" ")[2].strip()
    finally:
        process.kill()
        process.communicate()


def examined(*arguments: str) -> Result:
    """Hold an exam by the command line."""
    return CliRunner().invoke(main, ["exam", *arguments, "--secret", SECRET, "--settle", "0.02"])


def cases_of(result: Result) -> dict[str, dict[str, Any]]:
    """Return what an exam's JSON says of each case."""
    return {case["case"]: case for case in json.loads(result.stdout)["cases"]}


def named(cases: dict[str, dict[str, Any]], verdict: str) -> set[str]:
    return {name for name, result in cases.items() if result["verdict"] == verdict}


def test_every_example_receiver_is_examined() -> None:
    names = {path.name for path in RECEIVERS.iterdir() if path.suffix in (".mjs", ".py")}

    assert names - {"plumbing.mjs", "plumbing.py"} == set(BUGS)


@pytest.mark.thorough
@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_found(name: str) -> None:
    vendor, bugs = BUGS[name]

    with receiver(name) as url:
        watched = ["--state-url", url] if bugs & EFFECTS else []
        result = examined(url, "--vendor", vendor, "--json", *watched)

    failed = named(cases_of(result), "fail")
    assert failed == bugs
    assert result.exit_code == (1 if bugs else 0)


@pytest.mark.thorough
@pytest.mark.parametrize("name", CORRECT)
def test_correct_receivers_pass_all(client: Client, name: str) -> None:
    vendor, _ = BUGS[name]
    client.begin_as("default")  # with records enough for every case of effects

    with receiver(name) as url:
        cases = held(client, vendor, url, state_url=url)

    assert named(cases, "fail") == set()
    assert named(cases, "skipped") == NOT_ASKED[vendor]


def held(client: Client, vendor: str, url: str, **options: Any) -> dict[str, dict[str, Any]]:
    """Hold an exam over HTTP; returns what it says of each case."""
    body = {"vendor": vendor, "url": url, "secret": SECRET, "settle_s": 0.02, **options}
    return {case["case"]: case for case in client.control("POST", "exam", body)["cases"]}


@pytest.mark.thorough
def test_the_readmes_receiver_passes(client: Client) -> None:
    port = unused_port()
    env = {"WEBHOOK_SECRET": SECRET, "WEBHOOK_PORT": str(port), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    with subprocess.Popen(["node", str(RECEIVERS.parent / "receiver.mjs")], stdout=subprocess.DEVNULL, env=env) as node:
        try:
            wait_for(port)
            cases = held(client, "portal", f"http://127.0.0.1:{port}/")
        finally:
            node.kill()

    assert named(cases, "fail") == set()
    assert named(cases, "skipped") == NOT_ASKED["portal"] | EFFECTS


def wait_for(port: int) -> None:
    """Return as soon as somebody listens at a port; fails the test when it takes too long."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
    raise AssertionError(f"Nobody listens at {port}.")


def test_every_vendor_has_a_correct_receiver() -> None:
    assert {BUGS[name][0] for name in CORRECT} == set(NOT_ASKED)


@pytest.mark.thorough
def test_older_notice_bears_an_older_time(client: Client) -> None:
    with receiver("portal_correct.mjs") as url:
        case = held(client, "portal", url, state_url=url, only=["reordered"])["reordered"]

    newer, older = (json.loads(exchange["request"]["body"]) for exchange in case["exchanges"])
    assert older["timestamp"] == older["order"]["updatedAt"] < newer["order"]["updatedAt"] == newer["timestamp"]
    assert (older["event"], newer["event"]) == ("order.confirmed", "order.refunded")


@pytest.mark.thorough
def test_any_notice_comes_after_the_first(client: Client) -> None:
    client.begin_as("default")

    with receiver("portal_correct.mjs") as url:
        case = held(client, "portal", url, state_url=url, only=["reordered"], notice="order.accepted")["reordered"]

    sent = [json.loads(exchange["request"]["body"])["event"] for exchange in case["exchanges"]]
    assert (case["verdict"], sent) == ("pass", ["order.accepted", "order.confirmed"])


@pytest.mark.thorough
def test_notices_without_time_have_no_order(client: Client) -> None:
    with answering(200) as url:
        case = held(client, "tixstock", url, only=["reordered"])["reordered"]

    assert (case["verdict"], "puts no time into these notices" in case["seen"]) == ("skipped", True)


@pytest.mark.thorough
def test_lone_notice_of_a_record_has_no_order(client: Client) -> None:
    client.begin_as("default")

    with answering(200) as url:
        case = held(client, "zatabox", url, only=["reordered"], notice="message.received")["reordered"]

    assert (case["verdict"], "only one type of notice" in case["seen"]) == ("skipped", True)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "failing"),
    [("zatabox_correct.mjs", {"rotation_old"}), ("zatabox_gullible.py", {"rotation"}), (None, set())],
)
def test_each_order_of_two_signatures_counts(client: Client, name: str | None, failing: set[str]) -> None:
    client.control("PATCH", "settings", {"zatabox": {"rotation_grace_s": 60}})

    with receiver(name) if name else answering(200) as url:
        cases = held(client, "zatabox", url, only=sorted(ROTATIONS))

    assert named(cases, "fail") == failing
    assert named(cases, "skipped") == set()
    assert [own_signatures(cases[case]) for case in ("good", "rotation", "rotation_old")] == [
        [True],
        [False, True],
        [True, False],
    ]


def own_signatures(case: dict[str, Any]) -> list[bool]:
    """Tell of each signature that a case of Zatabox's sent whether the receiver's secret made it."""
    request = case["exchanges"][0]["request"]
    stamp, *signatures = dict(request["headers"])["X-Zatabox-Signature"].split(",")
    signed = f"{stamp.removeprefix('t=')}.{request['body']}".encode()
    return [
        signature == f"v1={hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()}" for signature in signatures
    ]


@pytest.mark.thorough
def test_two_signatures_come_by_setting_alone(client: Client) -> None:
    with answering(200) as url:
        cases = held(client, "zatabox", url, only=sorted(ROTATIONS))

    assert {cases[name]["verdict"] for name in ROTATIONS} == {"skipped"}
    assert "rotation_grace_s" in cases["rotation"]["seen"]


def test_slow_bodies_are_cut_inside_characters(client: Client) -> None:
    pieces = pieces_of('{"name":"Peña","text":"東京"}'.encode(), 8)

    assert b"".join(pieces).decode() == '{"name":"Peña","text":"東京"}'
    assert any(piece.endswith(b"\xc3") for piece in pieces)
    assert all(pieces)


@pytest.mark.thorough
def test_effects_unseen_are_skipped() -> None:
    with receiver("ticketnation_no_dedupe.py") as url:
        cases = cases_of(examined(url, "--vendor", "ticketnation", "--json"))

    assert {cases[name]["verdict"] for name in EFFECTS} == {"skipped"}
    assert "state" in cases["duplicate"]["seen"]


@pytest.mark.thorough
def test_a_failure_names_rule_and_bug() -> None:
    with receiver("portal_throws.mjs") as url:
        failed = cases_of(examined(url, "--vendor", "portal", "--json"))["truncated_signature"]

    assert "500" in failed["seen"]
    assert failed["rule"] == "The whole signature must be equal."
    assert "throws" in failed["likely_bug"]


@pytest.mark.thorough
def test_text_tells_each_verdict() -> None:
    with receiver("portal_no_window.py") as url:
        text = examined(url, "--vendor", "portal", "--only", "stale").stdout

    assert text.splitlines()[0].split()[:2] == ["pass", "good"]
    assert "FAIL  stale" in text
    assert "there is no replay window" in text
    assert text.splitlines()[-1].endswith("1 passed, 1 failed, 0 skipped.")


@pytest.mark.thorough
def test_junit_report_counts_failures(tmp_path: Path) -> None:
    report = tmp_path / "exam.xml"

    with receiver("portal_no_window.py") as url:
        examined(url, "--vendor", "portal", "--junit", str(report))

    suite = ElementTree.parse(report).getroot()[0]
    assert suite.get("tests") == str(len(CASES))
    assert suite.get("failures") == "2"
    assert {case.get("name") for case in suite if case.find("failure") is not None} == {"stale", "future"}


@pytest.mark.thorough
def test_report_gets_a_folder(tmp_path: Path) -> None:
    with answering(200) as url:
        examined(url, "--vendor", "portal", "--only", "good", "--junit", str(tmp_path / "reports" / "exam.xml"))

    assert ElementTree.parse(tmp_path / "reports" / "exam.xml").getroot()[0].get("tests") == "1"


def test_unwritable_report_is_said_before(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = examined("http://127.0.0.1:9", "--vendor", "portal", "--junit", str(tmp_path / "file" / "exam.xml"))

    assert result.exit_code == 2
    assert f"Cannot write the report to {tmp_path}/file/exam.xml: " in result.output


@pytest.mark.thorough
def test_no_receiver_fails_good_alone() -> None:
    cases = cases_of(examined("http://127.0.0.1:9/hook", "--vendor", "portal", "--json"))

    assert cases["good"]["verdict"] == "fail"
    assert cases["wrong_secret"]["verdict"] == "skipped"
    assert "No answer" in cases["good"]["seen"]
    assert "nothing listens at this URL" in cases["good"]["likely_bug"]


@pytest.mark.thorough
def test_one_who_refuses_all_passes_nothing() -> None:
    with answering(403) as url:
        cases = cases_of(examined(url, "--vendor", "portal", "--json"))

    assert named(cases, "pass") == set()
    assert cases["good"]["likely_bug"].startswith("Another secret,")
    assert cases["raw_bytes"]["likely_bug"].startswith("Same cause as `good`")


@pytest.mark.thorough
def test_one_who_takes_all_fails() -> None:
    with answering(200) as url:
        cases = cases_of(examined(url, "--vendor", "portal", "--json"))

    assert {"wrong_secret", "flipped_signature", "missing_signature", "altered", "stale"} <= named(cases, "fail")


@contextmanager
def answering(status: int) -> Iterator[str]:
    """Serve one status whatever comes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with run_server(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["http://127.0.0.1:9", "--vendor", "nobody"], "There is no vendor"),
        (["ftp://127.0.0.1", "--vendor", "portal"], "url: Begin the URL with http:// or https://.\n"),
        (["http://127.0.0.1:9", "--vendor", "portal", "--only", "vibes"], "There is no case vibes; there are good"),
        (["http://127.0.0.1:9", "--vendor", "portal", "--notice", "order.eaten"], "has no notice"),
        (["http://127.0.0.1:9", "--vendor", "portal", "--headers", "Host: x"], "headers:"),
    ],
)
def test_wrong_questions_are_usage_errors(arguments: list[str], words: str) -> None:
    result = examined(*arguments)

    assert result.exit_code == 2
    assert words in result.output


def test_cases_are_listed_without_a_receiver() -> None:
    done = CliRunner().invoke(main, ["exam", "--list"])

    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [case.name for case in CASES]


def test_silent_receiver_is_given_up_early(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        body = {"vendor": "portal", "url": url, "secret": SECRET, "timeout_s": 0.1}
        report = client.control("POST", "exam", body)

    good, *others = report["cases"]
    assert (good["verdict"], good["elapsed_ms"] < 5_000) == ("fail", True)
    assert {case["seen"] for case in others} == {"Not run, because the good notice got no answer."}


def test_the_route_holds_the_exam(client: Client) -> None:
    with receiver("portal_no_window.py") as url:
        report = client.control(
            "POST", "exam", {"vendor": "portal", "url": url, "secret": SECRET, "only": ["stale"], "settle_s": 0}
        )

    assert report["counts"] == {"pass": 1, "fail": 1, "skipped": 0}
    assert report["passed"] is False


def test_the_state_url_may_name_the_record(client: Client) -> None:
    body = {"vendor": "portal", "url": "http://127.0.0.1:9", "secret": SECRET, "only": ["good"]}

    answer = client.post("/_mockmarket/exam", {**body, "state_url": "http://127.0.0.1:9/orders/{record}"})

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("vendor", ["portal", "skybox"])
def test_own_headers_reach_the_receiver(client: Client, vendor: str) -> None:
    body = {"vendor": vendor, "secret": SECRET, "only": ["good"], "headers": "X-Gate: 1,Authorization: Basic dTpw"}
    with receiving() as inbox:
        client.control("POST", "exam", {**body, "url": inbox.url})

    assert inbox.hooks
    assert {(hook.header("X-Gate"), hook.header("Authorization")) for hook in inbox.hooks} == {("1", "Basic dTpw")}


@pytest.mark.parametrize("headers", ["X-Webhook-Signature: x", "Host: x"])
def test_reserved_headers_are_refused(client: Client, headers: str) -> None:
    body = {"vendor": "portal", "url": "http://127.0.0.1:9", "secret": SECRET, "headers": headers}

    answer = client.post("/_mockmarket/exam", body)

    assert answer.status_code == 400
    assert "is set by the sender; leave it out" in answer.json()["error"]["message"]


def test_the_route_stores_nothing(client: Client) -> None:
    before = client.get("/_mockmarket/notices").json()

    client.control("POST", "exam", {"vendor": "portal", "url": "http://127.0.0.1:9", "secret": SECRET})

    assert client.get("/_mockmarket/notices").json() == before


@pytest.mark.thorough
def test_reports_do_not_name_secrets() -> None:
    with receiver("portal_correct.mjs") as url:
        output = examined(url, "--vendor", "portal", "--headers", "X-Pass: open-sesame", "--json").stdout

    assert SECRET not in output
    assert "open-sesame" not in output


def test_every_receiver_is_examined() -> None:
    assert set(BUGS) == {path.name for path in RECEIVERS.glob("*_*.*")}
