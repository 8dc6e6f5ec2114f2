"""The sender against receivers that are slow, broken or hostile, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from mockmarket.delivery import sender as sending
from mockmarket.delivery.exchange import ERRORS, Post
from mockmarket.delivery.sender import Sender
from mockmarket.server.serving import new_loop
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.targets import Policy
from tests import hostile
from tests.certificates import make, server_context
from tests.hostile import Site, receiver

MARGIN_MS = 2_000  # machines are busy
LOCAL = Policy(allow_private=True)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Run a server's event loop in a thread."""
    loop = new_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(params=["thread", "loop"])
def sender(request: pytest.FixtureRequest) -> Iterator[Sender]:
    """Make a sender whose own thread reads answers, or a loop."""
    loop = request.getfixturevalue("loop") if request.param == "loop" else None
    sender = Sender(LOCAL, loop=loop)
    yield sender
    sender.close(0)


@pytest.fixture(scope="module")
def healthy() -> Iterator[Site]:
    with receiver(hostile.answers()) as site:
        yield site


def post_to(url: str, deadline_ms: int = 200, cap: int = 65_536, headers: tuple[tuple[str, str], ...] = ()) -> Post:
    return Post(url, headers, b'{"a":1}', deadline_ms, cap)


def send(sender: Sender, post: Post) -> Answer:
    """Send one POST and wait for its answer."""
    return sender.send_all([post])[0]


def assert_fails(sender: Sender, post: Post, error: str, healthy: Site) -> Answer:
    """Fail unless sending gives the error in time and the sender still works afterwards."""
    start = time.monotonic()
    answer = send(sender, post)
    taken_ms = (time.monotonic() - start) * 1000

    assert (answer.error, answer.status) == (error, None), answer
    assert answer.error in ERRORS
    assert answer.detail
    assert taken_ms <= post.deadline_ms + MARGIN_MS
    assert answer.elapsed_ms <= post.deadline_ms + MARGIN_MS
    assert sender.in_flight == 0
    assert send(sender, post_to(healthy.url, 5_000)).status == 200
    return answer


@pytest.mark.thorough
@pytest.mark.parametrize("name", hostile.FAULTS)
def test_each_receiver_fault_is_named(name: str, sender: Sender, healthy: Site) -> None:
    behaviour, error = hostile.FAULTS[name]

    with receiver(behaviour) as site:
        assert_fails(sender, post_to(site.url, 300 if error == "timeout" else 5_000), error, healthy)

        assert len(site.requests) <= 1


def test_a_closed_port_refuses(sender: Sender, healthy: Site) -> None:
    with hostile.closed_port() as port:
        assert_fails(sender, post_to(f"http://127.0.0.1:{port}/", 5_000), "refused", healthy)


def test_an_unknown_name_is_told(sender: Sender, healthy: Site) -> None:
    answer = assert_fails(sender, post_to("http://receiver.invalid/", 5_000), "dns", healthy)

    assert "receiver.invalid" in answer.detail


@pytest.mark.parametrize("status", [200, 201, 204, 304, 401, 404, 410, 429, 500, 503, 599])
def test_every_final_status_is_an_answer(status: int, sender: Sender) -> None:
    body = b"" if status in (204, 304) else b"no"
    length = b"" if status == 204 else b"Content-Length: %d\r\n" % len(body)

    with receiver(hostile.answers(b"HTTP/1.1 %d Word\r\n%sRetry-After: 7\r\n\r\n%s" % (status, length, body))) as site:
        answers = sender.send_all([post_to(site.url, 5_000)] * 2)

    assert len(answers) == 2
    for answer in answers:
        assert (answer.status, answer.error, answer.body) == (status, None, body)
        assert ("Retry-After", "7") in answer.headers


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_redirects_are_never_followed(status: int, sender: Sender, healthy: Site) -> None:
    before = len(healthy.requests)
    raw = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, healthy.url.encode())

    with receiver(hostile.answers(raw)) as site:
        answer = send(sender, post_to(site.url, 5_000))

    assert (answer.status, answer.error) == (status, None)
    assert len(healthy.requests) == before


def test_interim_answers_and_trailers_are_not_kept(sender: Sender) -> None:
    early = b"HTTP/1.1 103 Early\r\nA: 1\r\n\r\n"
    raw = early + b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nB: 2\r\n\r\n2\r\nok\r\n0\r\nC: 3\r\n\r\n"

    with receiver(hostile.answers(raw)) as site:
        answer = send(sender, post_to(site.url, 5_000))

    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers == (("Transfer-Encoding", "chunked"), ("B", "2"))


def test_a_hundred_header_lines_pass(sender: Sender) -> None:
    with receiver(hostile.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + b"X: y\r\n" * 99 + b"\r\n")) as site:
        answer = send(sender, post_to(site.url, 5_000))

    assert answer.status == 200
    assert len(answer.headers) == 100


def test_answer_headers_keep_order_and_doubles(sender: Sender) -> None:
    raw = b"HTTP/1.1 200 OK\r\nB: 1\r\na:2\r\nB:  \xe9 \r\nContent-Length: 0\r\n\r\n"

    with receiver(hostile.answers(raw)) as site:
        answer = send(sender, post_to(site.url, 5_000))

    assert answer.headers == (("B", "1"), ("a", "2"), ("B", "\xe9"), ("Content-Length", "0"))


def test_bytes_past_the_length_are_ignored(sender: Sender) -> None:
    with receiver(hostile.sends_then_closes(hostile.OK + b"HTTP/1.1 500 Smuggled\r\n\r\n")) as site:
        answers = [send(sender, post_to(site.url, 5_000)) for _ in range(2)]

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"ok")] * 2


def test_an_endless_body_ends_at_the_cap(sender: Sender) -> None:
    with receiver(hostile.sends_then_floods(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536)) as site:
        answer = send(sender, post_to(site.url, 5_000, cap=1_000))

        assert (answer.status, answer.error, answer.truncated) == (200, None, True)
        assert answer.body == b"x" * 1_000
        assert site.hangup.wait(5)


@pytest.mark.parametrize(("cap", "truncated"), [(0, True), (1, True), (2, False), (3, False)])
def test_truncated_means_that_more_came(cap: int, truncated: bool, sender: Sender, healthy: Site) -> None:
    answer = send(sender, post_to(healthy.url, 5_000, cap=cap))

    assert (answer.status, answer.body, answer.truncated) == (200, b"ok"[:cap], truncated)


def test_compressed_answers_stay_compressed(sender: Sender) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)

    with receiver(hostile.answers(raw + bomb)) as site:
        answer = send(sender, post_to(site.url, 5_000))

        assert answer.body == bomb
        assert b"accept-encoding" not in site.requests[0].lower()


def test_the_bytes_on_the_wire_are_exact(sender: Sender) -> None:
    headers = (
        ("X-B", "1"),
        ("content-type", "a/b"),
        ("x-b", " 2 "),
        ("X-Empty", ""),
        ("X-B", "tab\t"),
        ("Accept", "*/*"),
    )

    with receiver(hostile.answers()) as site:
        send(sender, Post(site.url + "/../a?b=%20", headers, b'{"a":"\xc3\xa9\0"}', 5_000))
        send(sender, Post(site.url, (), b"", 5_000))

    assert site.requests[0] == (
        b"POST /hook/../a?b=%%20 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
        b"X-B: 1\r\ncontent-type: a/b\r\nx-b:  2 \r\nX-Empty:\r\n"
        b'X-B: tab\t\r\nAccept: */*\r\nContent-Length: 11\r\n\r\n{"a":"\xc3\xa9\0"}' % site.port
    )
    assert site.requests[1] == b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 0\r\n\r\n" % site.port


def test_a_large_body_goes_out_at_once(sender: Sender) -> None:
    body = bytes(range(256)) * 16_384

    with receiver(hostile.answers()) as site:
        answer = send(sender, Post(site.url, (), body, 10_000))

    assert answer.status == 200
    assert site.requests[0].partition(b"\r\n\r\n")[2] == body
    assert b"Expect" not in site.requests[0].partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "header",
    [
        ("X", "a\r\nY: b"),
        ("X", "a\nb"),
        ("X", "a\rb"),
        ("X", "a\r\n b"),
        ("X", "a\0b"),
        ("X", "a\x7f"),
        ("X", "é"),
        ("", "a"),
        ("X Y", "a"),
        ("X:", "a"),
        ("X;", ""),
        ("X\r\nY", "a"),
        ("X\n", "a"),
        ("é", "a"),
        ("Content-Length", "1"),
        ("transfer-encoding", "chunked"),
        ("Host", "elsewhere"),
        ("Expect", "100-continue"),
    ],
)
def test_bad_headers_are_never_sent(header: tuple[str, str], sender: Sender, healthy: Site) -> None:
    with receiver(hostile.answers()) as site:
        assert_fails(sender, post_to(site.url, headers=(("Good", "1"), header)), "bad_header", healthy)

        assert site.connections == 0


@pytest.mark.parametrize(
    "url", ["http://user:secret@127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1:0/", "no", ""]
)
def test_bad_urls_are_never_sent(url: str, sender: Sender, healthy: Site) -> None:
    assert_fails(sender, post_to(url), "bad_url", healthy)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "2852039166",
        "0xa9fea9fe",
    ],
)
def test_metadata_addresses_are_blocked(host: str, sender: Sender, healthy: Site) -> None:
    answer = assert_fails(sender, post_to(f"http://{host}/latest/meta-data"), "blocked", healthy)

    assert "metadata" in answer.detail


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]"]
)
def test_private_addresses_need_the_policy(host: str) -> None:
    sender = Sender(Policy(allow_private=False))

    with receiver(hostile.answers()) as site:
        answer = send(sender, post_to(f"http://{host}:{site.port}/"))

        assert (answer.status, answer.error) == (None, "blocked"), answer
        assert site.connections == 0
    sender.close(0)


def test_a_blocked_address_gives_way_to_an_allowed_one(healthy: Site) -> None:
    sender = Sender(Policy(allow_private=True, deny=(ip_network("::1/128"),)))

    assert send(sender, post_to(f"http://localhost:{healthy.port}/", 5_000)).status == 200
    sender.close(0)


def test_the_environment_gives_no_proxy(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        receiver(hostile.answers(b"HTTP/1.1 502 Proxy\r\nContent-Length: 0\r\n\r\n")) as proxy,
        receiver(hostile.answers()) as site,
    ):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)

        assert send(sender, post_to(site.url, 5_000)).status == 200
        assert proxy.connections == 0


def test_connections_are_kept_and_used_again(sender: Sender) -> None:
    with receiver(hostile.answers()) as site:
        answers = [send(sender, post_to(site.url, 5_000)) for _ in range(20)]

        assert [answer.status for answer in answers] == [200] * 20
        assert (len(site.requests), site.connections) == (20, 1)


def test_connections_that_nobody_uses_are_closed(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "KEPT_S", 0.01)
    closed = threading.Event()

    def until_closed(connection: socket.socket, site: Site) -> None:
        hostile.answers()(connection, site)
        closed.set()

    with receiver(until_closed) as site:
        assert send(sender, post_to(site.url, 5_000)).status == 200
        assert closed.wait(10)
        assert send(sender, post_to(site.url, 5_000)).status == 200


def test_a_stale_connection_is_replaced_once(sender: Sender) -> None:
    with receiver(hostile.answers_then_hangs_up) as site:
        answers = [send(sender, post_to(site.url, 5_000)) for _ in range(2)]

        assert [answer.status for answer in answers] == [200, 200]
        assert site.connections == 2
        assert len(site.requests) == 3  # the second went out twice: once on the stale connection, once on a new one


def test_many_stale_connections_cost_one_resend(sender: Sender) -> None:
    together = threading.Barrier(4)

    def hangs_up_after_four(connection: socket.socket, site: Site) -> None:
        hostile.read_request(connection, site)
        if site.connections <= 4:
            together.wait(10)
        connection.sendall(hostile.OK)
        hostile.read_request(connection, site)

    with receiver(hangs_up_after_four) as site:
        sender.send_all([post_to(site.url, 10_000)] * 4)
        answer = send(sender, post_to(site.url, 10_000))

        assert (answer.status, site.connections, len(site.requests)) == (200, 5, 6)


def test_slow_receivers_delay_nobody(sender: Sender, healthy: Site) -> None:
    stuck: list[Answer] = []
    threads = threading.active_count()

    with receiver(hostile.never_answers) as site:
        for _ in range(50):
            sender.submit(post_to(site.url, 60_000), stuck.append)
        for _ in range(50):
            assert site.arrivals.acquire(timeout=10)
        answer = send(sender, post_to(healthy.url, 10_000))

        assert answer.status == 200
        assert answer.elapsed_ms < MARGIN_MS
        assert (sender.in_flight, stuck) == (50, [])
        assert threading.active_count() - threads <= 50 + 4  # the receivers' own, and the sender's one
        sender.close(0)
    assert [answer.error for answer in stuck] == ["stopped"] * 50


def test_the_limit_queues_in_order() -> None:
    sender = Sender(LOCAL, limit=1)
    posts = [Post(f"http://127.0.0.1:{{}}/{number}", (), b"", 5_000) for number in range(20)]

    with receiver(hostile.answers()) as site:
        sender.send_all([Post(post.url.format(site.port), (), b"", 5_000) for post in posts])

        assert [int(request.split()[1][1:]) for request in site.requests] == list(range(20))
        assert site.connections == 1
    sender.close(0)


@pytest.mark.thorough
def test_a_deadline_counts_from_the_turn() -> None:
    sender = Sender(LOCAL, limit=1)

    with receiver(hostile.never_answers) as stuck, receiver(hostile.answers()) as site:
        answers = sender.send_all([post_to(stuck.url, 1_000), post_to(stuck.url, 1_000), post_to(site.url, 1_900)])

    assert [answer.error for answer in answers] == ["timeout", "timeout", None]
    sender.close(0)


@pytest.mark.thorough
def test_answers_come_in_the_order_of_posts(sender: Sender, healthy: Site) -> None:
    with receiver(hostile.never_answers) as stuck:
        answers = sender.send_all([post_to(stuck.url, 150), post_to("no"), post_to(healthy.url, 5_000)])

    assert [answer.error for answer in answers] == ["timeout", "bad_url", None]
    assert sender.send_all([]) == []


def test_many_threads_share_one_sender(sender: Sender, healthy: Site) -> None:
    statuses: list[int | None] = []

    def work() -> None:
        statuses.extend(send(sender, post_to(healthy.url, 10_000)).status for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 160


def test_a_broken_callback_is_logged(sender: Sender, healthy: Site, caplog: pytest.LogCaptureFixture) -> None:
    def break_down(answer: Answer) -> None:
        raise RuntimeError("callback broke")

    sender.submit(post_to(healthy.url, 5_000), break_down)

    assert send(sender, post_to(healthy.url, 5_000)).status == 200
    sender.close(5)
    assert "callback broke" in caplog.text


def test_the_sender_cannot_wait_for_itself(sender: Sender, healthy: Site) -> None:
    errors: list[str] = []
    tried = threading.Event()

    def wait_for_itself(answer: Answer) -> None:
        for call in (lambda: send(sender, post_to(healthy.url)), lambda: sender.close(1)):
            try:
                call()
            except RuntimeError as error:
                errors.append(str(error))
        tried.set()

    sender.submit(post_to(healthy.url, 5_000), wait_for_itself)

    assert tried.wait(5)
    assert len(errors) == 2


def test_no_thread_before_the_first_post(healthy: Site) -> None:
    before = sender_threads()
    sender = Sender(LOCAL)

    assert sender_threads() <= before
    send(sender, post_to(healthy.url, 5_000))
    assert len(sender_threads() - before) == 1
    sender.close(0)
    assert sender_threads() <= before


def sender_threads() -> set[threading.Thread]:
    """Return the threads of every sender in this process: the session's served mock may have one, an earlier test's may end later."""
    return {thread for thread in threading.enumerate() if thread.name == "mockmarket-sender"}


def test_closing_lets_what_is_under_way_finish(sender: Sender) -> None:
    arrival, answer_now = threading.Event(), threading.Event()
    answers: list[Answer] = []

    def waits_for_word(connection: socket.socket, site: Site) -> None:
        hostile.read_request(connection, site)
        arrival.set()
        answer_now.wait(5)
        connection.sendall(hostile.OK)

    with receiver(waits_for_word) as site:
        sender.submit(post_to(site.url, 10_000), answers.append)
        assert arrival.wait(5)
        closing = threading.Thread(target=sender.close, args=(10,))
        closing.start()
        answer_now.set()
        closing.join()

    assert [answer.status for answer in answers] == [200]


def test_closing_stops_what_outlasts_the_grace() -> None:
    sender = Sender(LOCAL, limit=1)
    answers: list[Answer] = []

    with receiver(hostile.never_answers) as site:
        sender.submit(post_to(site.url, 60_000), answers.append)
        sender.submit(post_to(site.url, 60_000), answers.append)
        assert site.arrivals.acquire(timeout=5)
        sender.close(0.05)

        assert [answer.error for answer in answers] == ["stopped", "stopped"]
        assert len(site.requests) == 1


def test_a_closed_sender_sends_nothing_more(sender: Sender, healthy: Site) -> None:
    before = len(healthy.requests)
    sender.close(0)

    assert send(sender, post_to(healthy.url)).error == "stopped"
    sender.close(0)
    assert len(healthy.requests) == before


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusting(certificates: Path) -> Iterator[Sender]:
    sender = Sender(LOCAL, ca_file=str(certificates / "ca.pem"))
    yield sender
    sender.close(0)


@pytest.mark.thorough
def test_a_private_authority_is_accepted(trusting: Sender, certificates: Path) -> None:
    with receiver(hostile.answers(), tls=server_context(certificates, "good")) as site:
        answers = [send(trusting, post_to(site.url, 10_000)) for _ in range(3)]

        assert [answer.status for answer in answers] == [200] * 3
        assert site.connections == 1


def test_an_unknown_authority_is_refused(sender: Sender, certificates: Path, healthy: Site) -> None:
    with receiver(hostile.answers(), tls=server_context(certificates, "good")) as site:
        assert_fails(sender, post_to(site.url, 5_000), "tls", healthy)

        assert site.requests == []


@pytest.mark.parametrize("name", ["self-signed", "wrong-name", "expired"])
def test_bad_certificates_are_refused(name: str, trusting: Sender, certificates: Path, healthy: Site) -> None:
    with receiver(hostile.answers(), tls=server_context(certificates, name)) as site:
        answer = assert_fails(trusting, post_to(site.url, 5_000), "tls", healthy)

        assert "certificate" in answer.detail
        assert site.requests == []


def test_plain_http_on_a_tls_port_is_named(sender: Sender, healthy: Site) -> None:
    with receiver(hostile.says_plain_http) as site:
        assert_fails(sender, post_to(site.url.replace("http:", "https:"), 5_000), "tls", healthy)


@pytest.mark.thorough
def test_a_stalled_handshake_meets_the_deadline(sender: Sender, healthy: Site) -> None:
    with receiver(hostile.never_reads) as site:
        assert_fails(sender, post_to(site.url.replace("http:", "https:")), "timeout", healthy)


def test_tls_bodies_are_capped_too(trusting: Sender, certificates: Path) -> None:
    flood = hostile.sends_then_floods(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 16_384)

    with receiver(flood, tls=server_context(certificates, "good")) as site:
        answer = send(trusting, post_to(site.url, 10_000, cap=100))

        assert (answer.status, len(answer.body), answer.truncated) == (200, 100, True)
        assert site.hangup.wait(5)


def test_added_authorities_are_forgotten_at_the_end(
    certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sender = Sender(LOCAL, ca_file=str(certificates / "ca.pem"))

    assert len(list(tmp_path.iterdir())) == 1
    sender.close(0)
    assert list(tmp_path.iterdir()) == []


def test_a_ca_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing here")

    with pytest.raises(ValueError, match="PEM"):
        Sender(LOCAL, ca_file=str(tmp_path / "ca.pem"))


def test_busy_loop_delays_no_answer(loop: asyncio.AbstractEventLoop, healthy: Site) -> None:
    sender, done = Sender(LOCAL, loop=loop), threading.Event()
    loop.call_soon_threadsafe(done.wait, MARGIN_MS / 1000)

    answer = send(sender, post_to(healthy.url))

    assert (answer.status, done.is_set()) == (200, False)
    done.set()
    sender.close(0)


def test_ended_loop_delays_no_answer(healthy: Site) -> None:
    loop = new_loop()
    sender = Sender(LOCAL, loop=loop)
    loop.close()

    assert send(sender, post_to(healthy.url)).status == 200
    sender.close(0)
