"""The exam's likely bug follows from what came back and from the cases before; what nothing more can be learned of is not asked."""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import hostile
from tests.certificates import make, server_context
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.test_exam import SECRET, examined

Cases = dict[str, dict[str, Any]]

FIRST_OF_ALL = "Same cause as `wrong_secret`: fix that first."
AS_GOOD = "Same cause as `good`: fix that first."
REFUSALS = {
    "wrong_secret", "flipped_signature", "truncated_signature", "signature_upper", "missing_signature", "altered", "respaced",
    "stale", "future",
}  # fmt: skip


def exam(client: Client, url: str, **options: Any) -> Cases:
    """Examine a receiver of the portal's; returns what the report says of each case."""
    report = client.control(
        "POST", "exam", {"vendor": "portal", "url": url, "secret": SECRET, "settle_s": 0, **options}
    )
    return {case["case"]: case for case in report["cases"]}


def named(cases: Cases, verdict: str) -> set[str]:
    return {name for name, result in cases.items() if result["verdict"] == verdict}


def bugs(cases: Cases, names: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
    """Return the likely bugs of the cases that failed, all or those of these names."""
    return {
        result["likely_bug"]
        for name, result in cases.items()
        if result["verdict"] == "fail" and (not names or name in names)
    }


def verified(hook: Hook) -> bool:
    """Verify as the portal's second sample does."""
    stamp = hook.header("X-Webhook-Timestamp") or "0"
    due = "sha256=" + hmac.new(SECRET.encode(), f"{stamp}.".encode() + hook.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(due, hook.header("X-Webhook-Signature") or "") and abs(time.time() - int(stamp)) <= 1800


def answers(taken: int, refused: int = 401) -> Callable[[Hook], tuple[int, bytes]]:
    """Return what answers what verifies with one status, and anything else with another."""
    return lambda hook: (taken if verified(hook) else refused, b"")


# What the good notice was answered


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "Wrong path"),
        (405, "does not accept POST"),
        (401, "Another secret, another header"),
        (403, "CSRF"),
        (400, "Another secret, another header"),
        (413, "limit on the body's size"),
        (415, "content type"),
        (429, "rate"),
        (500, "Check its log"),
        (502, "A proxy answers"),
        (202, "only 200 counts as delivered"),
    ],
)
def test_status_of_good_tells_the_bug(client: Client, receiver: Receiver, status: int, words: str) -> None:
    receiver.answer = lambda hook: (status, b"")

    cases = exam(client, receiver.url, only=["good"])

    assert words in cases["good"]["likely_bug"]


@pytest.mark.thorough
def test_redirect_is_said_not_to_be_followed(client: Client) -> None:
    moved = hostile.answers(b"HTTP/1.1 302 Found\r\nLocation: /hooks/\r\nContent-Length: 0\r\n\r\n")

    with hostile.receiver(moved) as site:
        cases = exam(client, site.url)

    assert cases["good"]["likely_bug"].startswith("A redirect to /hooks/, which webhooks do not follow")
    assert bugs(cases) == {cases["good"]["likely_bug"], AS_GOOD}
    assert "answered 302 too" in cases["stale"]["seen"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("certificates"))


def test_unknown_authority_names_the_option(client: Client, certificates: Path) -> None:
    with hostile.receiver(hostile.answers(), tls=server_context(certificates, "good")) as site:
        cases = exam(client, site.url)

    assert "--ca-file" in cases["good"]["likely_bug"]
    assert named(cases, "fail") == {"good"}


@pytest.mark.thorough
def test_named_authority_is_trusted(certificates: Path) -> None:
    with hostile.receiver(hostile.answers(), tls=server_context(certificates, "good")) as site:
        result = examined(
            site.url,
            "--vendor",
            "portal",
            "--only",
            "good",
            "--ca-file",
            str(certificates / "ca.pem"),
            "--state-url",
            site.url,
        )

    assert result.exit_code == 0, result.output


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "words"), [("wrong-name", "another name"), ("expired", "has expired")])
def test_bad_certificate_is_told_apart(certificates: Path, name: str, words: str) -> None:
    with hostile.receiver(hostile.answers(), tls=server_context(certificates, name)) as site:
        result = examined(site.url, "--vendor", "portal", "--only", "good", "--ca-file", str(certificates / "ca.pem"))

    assert words in " ".join(result.output.split())
    assert "--ca-file" not in result.output


@pytest.mark.parametrize(
    ("behaviour", "scheme", "words"),
    [
        (hostile.says_plain_http, "https", "There is no TLS at this port"),
        (hostile.sends_then_closes(b""), "http", "It closes the connection instead of answering"),
        (hostile.sends_then_closes(b"SSH-2.0-OpenSSH_9.6\r\n"), "http", "does not speak HTTP"),
    ],
)
def test_no_answer_to_good_is_explained(client: Client, behaviour: hostile.Behaviour, scheme: str, words: str) -> None:
    with hostile.receiver(behaviour) as site:
        cases = exam(client, site.url.replace("http", scheme, 1))

    assert words in cases["good"]["likely_bug"]
    assert named(cases, "skipped") == set(cases) - {"good"}


@pytest.mark.thorough
def test_one_that_never_answers_is_left(client: Client) -> None:
    client.control("PATCH", "settings", {"portal": {"deadline_s": 1}})
    began = time.monotonic()

    with hostile.receiver(hostile.never_answers) as site:
        cases = exam(client, site.url)

        assert (len(site.requests), time.monotonic() - began < 4) == (1, True)
    assert named(cases, "skipped") == set(cases) - {"good"}


# A 2xx that the vendor does not count


@pytest.mark.thorough
def test_uncounted_2xx_is_told_from_refusals(client: Client, receiver: Receiver) -> None:
    receiver.answer = answers(204)

    cases = exam(client, receiver.url)

    assert named(cases, "pass") == REFUSALS | {"broken_json"}
    assert bugs(cases) == {cases["good"]["likely_bug"], AS_GOOD}
    assert "only 200 counts as delivered" in cases["good"]["likely_bug"]


def test_uncounted_2xx_lets_effects_be_seen(client: Client, receiver: Receiver) -> None:
    receiver.answer = answers(204)

    cases = exam(client, receiver.url, only=["replayed"])

    assert (cases["replayed"]["verdict"], "second effect" in cases["replayed"]["seen"]) == ("skipped", True)


@pytest.mark.thorough
def test_uncounted_2xx_of_one_case_is_its_bug(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (202 if b"unknown.type" in hook.body else answers(200)(hook)[0], b"")

    cases = exam(client, receiver.url)

    assert named(cases, "fail") == {"unknown_type"}
    assert "does not count: answered 202" in cases["unknown_type"]["likely_bug"]


# What the cases before say


@pytest.mark.thorough
def test_one_that_verifies_nothing_is_told_once(client: Client, receiver: Receiver) -> None:
    cases = exam(client, receiver.url)

    assert named(cases, "fail") == REFUSALS
    assert cases["wrong_secret"]["likely_bug"] == "The signature is not verified."
    assert bugs(cases, REFUSALS - {"wrong_secret"}) == {FIRST_OF_ALL}


@pytest.mark.thorough
def test_one_that_verifies_nothing_and_answers_204(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (204, b"")

    cases = exam(client, receiver.url)

    assert cases["wrong_secret"]["likely_bug"] == "The signature is not verified."
    assert bugs(cases, REFUSALS - {"wrong_secret"}) == {FIRST_OF_ALL}


@pytest.mark.thorough
def test_another_answer_is_a_bug_of_its_own(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500 if len(hook.body) > 100_000 else 401, b"")

    cases = exam(client, receiver.url)

    assert cases["slow"]["likely_bug"] == AS_GOOD
    assert cases["large"]["likely_bug"].startswith("It throws. Check its log. Perhaps: The web framework's default")


@pytest.mark.thorough
def test_no_window_is_told_once(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200 if unaged(hook) else 401, b"")

    cases = exam(client, receiver.url)

    assert named(cases, "fail") == {"stale", "future"}
    assert cases["future"]["likely_bug"] == "Same cause as `stale`: fix that first."


def unaged(hook: Hook) -> bool:
    """Verify as the portal's first sample does, whatever the stamp's age."""
    stamp = hook.header("X-Webhook-Timestamp") or ""
    due = "sha256=" + hmac.new(SECRET.encode(), f"{stamp}.".encode() + hook.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(due, hook.header("X-Webhook-Signature") or "")


@pytest.mark.thorough
def test_signature_in_capitals_must_be_refused(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200 if verified(lowered(hook)) else 401, b"")

    cases = exam(client, receiver.url)

    assert named(cases, "fail") == {"signature_upper"}
    assert "without regard to case" in cases["signature_upper"]["likely_bug"]


def lowered(hook: Hook) -> Hook:
    """Return a webhook with its signature in small letters."""
    return Hook(hook.path, [(name, value.lower()) for name, value in hook.headers], hook.body)


# Crashes and silence


CRASHING = """
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const stamp = request.headers['x-webhook-timestamp'] ?? '';
  const mac = createHmac('sha256', process.env.SECRET).update(`${stamp}.`).update(body).digest('hex');
  const right = timingSafeEqual(Buffer.from(request.headers['x-webhook-signature'] ?? ''), Buffer.from(`sha256=${mac}`));
  response.writeHead(right ? 200 : 401).end();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""
"""A receiver whose whole process ends with an error that it does not catch, as Node's do with one in asynchronous code."""


@contextmanager
def crashing() -> Iterator[str]:
    """Run a receiver in Node that a short signature puts an end to; gives its URL."""
    command = ["node", "--input-type=module", "-e", CRASHING]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | {"SECRET": SECRET}
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/hooks"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.thorough
def test_one_that_goes_down_ends_the_exam(client: Client) -> None:
    with crashing() as url:
        cases = exam(client, url)

    names = list(cases)
    rest = names[names.index("truncated_signature") + 1 :]
    assert named(cases, "fail") == {"truncated_signature"}
    assert "It went down in case truncated_signature." in cases["truncated_signature"]["seen"]
    assert "comparing signatures of different lengths" in cases["truncated_signature"]["likely_bug"]
    assert {(cases[name]["verdict"], cases[name]["seen"]) for name in rest} == {
        ("skipped", "It went down in case truncated_signature.")
    }


@pytest.mark.thorough
def test_one_that_goes_down_after_its_answer(client: Client) -> None:
    with closing_down() as url:
        cases = exam(client, url)

    assert named(cases, "fail") == {"flipped_signature"}
    assert "It went down in case wrong_secret." in cases["flipped_signature"]["seen"]
    assert cases["truncated_signature"]["seen"] == "It went down in case wrong_secret."


@contextmanager
def closing_down() -> Iterator[str]:
    """Run a receiver that listens no more once it has refused something; gives its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve_until_refusal, args=(listener,))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/hooks"
    thread.join()


def serve_until_refusal(listener: socket.socket) -> None:
    """Answer requests one by one; with the first refusal the listening socket is closed before the answer goes out."""
    right = True
    while right:
        connection, _ = listener.accept()
        with connection:
            right = verified(arrived(hostile.read_request(connection, hostile.Site())))
            if not right:
                listener.close()
            connection.sendall(hostile.OK if right else b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.thorough
def test_closing_instead_of_refusing_is_a_crash(client: Client) -> None:
    with hostile.receiver(closing_on_refusal) as site:
        cases = exam(client, site.url)

    assert named(cases, "fail") == REFUSALS
    assert cases["wrong_secret"]["likely_bug"].startswith("It throws where it should refuse")
    assert bugs(cases, REFUSALS - {"wrong_secret"}) == {FIRST_OF_ALL}


def closing_on_refusal(connection: Any, site: hostile.Site) -> None:
    """Answer what verifies; close the connection on anything else."""
    if verified(arrived(hostile.read_request(connection, site))):
        connection.sendall(hostile.OK)


def arrived(request: bytes) -> Hook:
    """Read a request's bytes as a webhook."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.decode().partition(": ") for line in head.split(b"\r\n")[1:]]
    return Hook("/", [(name, value) for name, _, value in lines], body)


@pytest.mark.thorough
def test_refusals_without_answer_are_awaited_once(client: Client) -> None:
    client.control("PATCH", "settings", {"portal": {"deadline_s": 2}})

    with hostile.receiver(silent_on_refusal) as site:
        cases = exam(client, site.url)

    assert named(cases, "fail") == {"wrong_secret"}
    assert "does not answer invalid webhooks" in cases["wrong_secret"]["likely_bug"]
    assert {cases[name]["verdict"] for name in REFUSALS - {"wrong_secret"}} == {"skipped"}
    assert cases["unknown_type"]["verdict"] == "pass"


def silent_on_refusal(connection: Any, site: hostile.Site) -> None:
    """Answer what verifies, and nothing else."""
    if verified(arrived(hostile.read_request(connection, site))):
        connection.sendall(hostile.OK)
    else:
        site.over.wait(hostile.PATIENCE_S)
