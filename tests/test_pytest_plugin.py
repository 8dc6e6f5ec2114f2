"""The pytest plugin, in real inner suites: with a running server, with servers of their own, and with xdist."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
import requests

from mockmarket.clock import monotonic
from tests.conftest import Served
from tests.receiver import PATIENCE_S
from tests.suites import BUY, Suite, address, counts, suite
from tests.test_client_answers import answer, saying

__all__ = ["address", "suite"]  # fixtures, for the tests of this module

ROOT = Path(__file__).parent.parent
SNIPPET = re.compile(r"^```python test\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.thorough  # suites started inside this one, each with a server and workers of its own


def test_suite_starts_its_own_server(suite: Suite) -> None:
    result = suite.run(
        "def test_it(market, mockmarket_server):\n"
        "    assert mockmarket_server.health()['status'] == 'ok'\n"
        "    assert market.session('portal').get('/events').ok\n"
    )

    counts(result, passed=1)


def test_server_ends_with_the_suite(suite: Suite) -> None:
    result = suite.run("def test_it(mockmarket_server):\n    print('URL', mockmarket_server.url)\n", "-s")

    url = re.findall(r"URL (\S+)", result.stdout)[0]
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


@pytest.mark.parametrize(("options", "killed"), [((), "getpid"), (("-n", "1"), "getppid")], ids=["alone", "controller"])
def test_server_ends_with_killed_suite(suite: Suite, options: tuple[str, ...], killed: str) -> None:
    text = (
        "import os\n\ndef test_it(mockmarket_server):\n    open('url', 'w').write(mockmarket_server.url)\n"
        f"    os.kill(os.{killed}(), 9)\n"
    )

    result = suite.run(text, *options)

    assert result.returncode == -9
    url = (suite.folder / "url").read_text()
    end = monotonic() + PATIENCE_S  # the server has five seconds of grace
    while monotonic() < end:
        try:
            requests.get(url, timeout=0.05)
        except requests.ConnectionError:
            return
        except requests.Timeout:
            continue
    pytest.fail("the server outlives the suite that started it")


def test_nothing_starts_for_nothing(suite: Suite) -> None:
    text = (
        "import sys\n\ndef test_it():\n    assert 'mockmarket_client.control' not in sys.modules\n"
        "    assert not {'requests', 'flask'} & {*sys.modules}\n"
    )

    counts(suite.run(text), passed=1)


def test_each_test_has_a_world(suite: Suite, address: Served) -> None:
    text = BUY + (
        "import pytest\n\n@pytest.mark.parametrize('turn', range(3))\ndef test_it(market, turn):\n"
        "    buy(market)\n    assert len(market.records('portal', 'order', status='confirmed')) == 2\n"
    )

    result = suite.run(text, "--mockmarket-url", address.url)

    counts(result, passed=3)
    assert address.app.worlds.names() == ["main"]


def test_worlds_are_dropped_after_failures(suite: Suite, address: Served) -> None:
    result = suite.run("def test_it(market):\n    assert False\n", "--mockmarket-url", address.url)

    counts(result, failed=1)
    assert address.app.worlds.names() == ["main"]


def test_workers_share_a_server_that_runs(suite: Suite, address: Served) -> None:
    text = BUY + (
        "import os, pytest\n\n@pytest.mark.parametrize('turn', range(12))\ndef test_it(market, turn):\n"
        "    inbox = market.inbox('portal')\n    order = buy(market)\n"
        "    assert inbox.expect('order.confirmed').json['orderId'] == order['orderId']\n"
        "    assert market.client.count_requests() == 0\n    assert len(market.client.deliveries()) == 1\n"
        "    assert os.environ['PYTEST_XDIST_WORKER'] in market.world\n"
    )

    result = suite.run(text, "-n", "2", MOCKMARKET_URL=address.url)

    counts(result, passed=12)
    assert address.app.worlds.names() == ["main"]


def test_workers_share_one_server(suite: Suite) -> None:
    text = (
        "import pytest\n\n@pytest.mark.parametrize('turn', range(4))\ndef test_it(market, turn):\n"
        "    print(market.url)\n    assert market.session('portal').get('/events').ok\n"
    )

    command = ("--mockmarket-command", f"{sys.executable} -m mockmarket")
    result = suite.run(text, "-n", "2", "--dist", "each", "--mockmarket-fixture", "small", *command)

    counts(result, passed=8)
    [url] = set(re.findall(r"http://127.0.0.1:\d+", result.stdout))
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_fixture_is_chosen_by_configuration(suite: Suite) -> None:
    (suite.folder / "pytest.ini").write_text("[pytest]\nmockmarket_fixture = small\n")

    result = suite.run(
        "def test_it(market):\n    assert market.first('portal', 'event')['name'] == 'Lanterns at Low Tide'\n"
    )

    counts(result, passed=1)


def test_paths_of_fixtures_are_found_where_they_were_written(suite: Suite, tmp_path: Path, address: Served) -> None:
    suite.folder = tmp_path / "tests"
    suite.folder.mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nmockmarket_fixture = of_ini.yaml\n")
    for folder, name in ((tmp_path, "of_ini"), (suite.folder, "of_mark")):
        (folder / f"{name}.yaml").write_text(
            f"venues: [{{id: v, name: V, city: C}}]\nevents: [{{id: {name}, name: N, venue: v, starts: +1d}}]\n"
        )
    marks = {
        "usefixtures('market')": "of_ini",
        "mockmarket(fixture='of_mark.yaml')": "of_mark",
        "mockmarket(fixture='venues: [{id: v, name: V, city: C}]\\nevents: [{id: of_text, name: N, venue: v, starts: +1d}]')": "of_text",
        "mockmarket(fixture={'venues': [{'id': 'v', 'name': 'V', 'city': 'C'}],"
        " 'events': [{'id': 'of_dict', 'name': 'N', 'venue': 'v', 'starts': '+1d'}]})": "of_dict",
    }
    text = "import pytest\n\n" + "".join(
        f"@pytest.mark.{mark}\ndef test_{event}(market):\n    assert market.first('portal', 'event')['eventId'] == '{event}'\n\n"
        for mark, event in marks.items()
    )
    text += "@pytest.mark.mockmarket(fixture='no.yaml')\ndef test_no(market):\n    pass\n"

    result = suite.run(text, "--mockmarket-url", address.url)

    counts(result, passed=4, error=1)
    assert f"There is no fixture '{suite.folder / 'no.yaml'}': give a file" in result.stdout


def test_suite_may_have_https(suite: Suite) -> None:
    text = (
        "import requests\n\n"
        "def test_it(market, mockmarket_server):\n"
        "    https = mockmarket_server.health()['https']\n"
        "    base = market.base_url('portal').replace(mockmarket_server.calls.base, https['url'])\n"
        "    headers = market.credentials('portal')\n"
        "    answer = requests.get(f'{base}/events', headers=headers, verify=https['ca_file'])\n"
        "    assert base.startswith('https:') and answer.headers['X-Mockmarket-World'] == market.world\n"
    )

    counts(suite.run(text, "--mockmarket-tls"), passed=1)


def test_server_without_https_is_told(suite: Suite, address: Served) -> None:
    result = suite.run("def test_it(market):\n    pass\n", "--mockmarket-url", address.url, "--mockmarket-tls")

    counts(result, error=1)
    assert "The server of --mockmarket-url speaks no HTTPS; start it with --tls." in result.stdout


def test_mark_chooses_start_and_seed(suite: Suite, address: Served) -> None:
    text = (
        "import pytest\n\npytestmark = pytest.mark.mockmarket(fixture='small', seed=3)\n\n"
        "@pytest.mark.mockmarket(seed=7, now='2030-05-01T12:00:00Z')\ndef test_it(market):\n"
        "    world = next(row for row in market.client.worlds() if row['name'] == market.world)\n"
        "    assert (world['seed'], world['fixture'], world['start'][:10]) == (7, 'small', '2030-05-01')\n"
    )

    counts(suite.run(text, "--strict-markers", "--mockmarket-url", address.url), passed=1)


def test_folder_may_choose_otherwise(suite: Suite, address: Served) -> None:
    (suite.folder / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef market_world():\n    return {'seed': 9}\n"
    )
    text = "def test_it(market):\n    assert [row['seed'] for row in market.client.worlds() if row['name'] == market.world] == [9]\n"

    counts(suite.run(text, "--mockmarket-url", address.url), passed=1)


def test_server_that_is_not_there_is_told(suite: Suite) -> None:
    text = "def test_other():\n    pass\n\ndef test_it(market):\n    pass\n"

    result = suite.run(text, "--mockmarket-url", "http://127.0.0.1:9")

    counts(result, passed=1, error=1)
    assert "--mockmarket-url: No mockmarket answers at http://127.0.0.1:9." in result.stdout


def test_server_that_cannot_start_is_told(suite: Suite) -> None:
    result = suite.run("def test_it(market):\n    pass\n", "--mockmarket-fixture", "no-such-fixture")

    counts(result, error=1)
    assert "mockmarket did not start (exit code 125)" in result.stdout
    assert "no-such-fixture" in result.stdout


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "worker"])
def test_command_that_is_missing_is_told(suite: Suite, options: tuple[str, ...]) -> None:
    text = "def test_it(market):\n    pass\n\ndef test_again(market):\n    pass\n"

    result = suite.run(text, *options, MOCKMARKET_COMMAND="no-such-command mockmarket")

    counts(result, errors=2)
    assert "no-such-command cannot be run: No such file or directory. Name another command" in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("'unclosed", "The command 'unclosed cannot be read: No closing quotation."),
        (f"{sys.executable} -c 'import sys; sys.exit(\"no network\")'", "did not start (exit code 1):\nno network"),
    ],
)
def test_command_that_fails_is_told(suite: Suite, words: str, sentence: str) -> None:
    result = suite.run("def test_it(market):\n    pass\n", "-n", "1", MOCKMARKET_COMMAND=words)

    counts(result, error=1)
    assert sentence in result.stdout


def test_wrong_signature_fails_the_test(suite: Suite, address: Served) -> None:
    text = (
        "def test_it(market):\n    inbox = market.inbox('portal')\n    inbox.verifier.secrets['portal'] = 'another'\n"
        "    market.trigger('portal', 'order.accepted')\n    inbox.next()\n"
    )

    result = suite.run(text, "--mockmarket-url", address.url)

    counts(result, failed=1)
    assert "A webhook order.accepted does not verify." in result.stdout
    assert "expected: sha256=" in result.stdout


def test_unverified_webhook_can_be_looked_at(suite: Suite, address: Served) -> None:
    text = (
        "def test_it(market):\n    inbox = market.inbox('portal')\n    inbox.verifier.secrets['portal'] = 'another'\n"
        "    market.trigger('portal', 'order.accepted')\n    assert inbox.next(verify=False).check.valid is False\n"
    )

    counts(suite.run(text, "--mockmarket-url", address.url), passed=1)


def test_missing_webhook_tells_what_came(suite: Suite, address: Served) -> None:
    text = (
        "def test_it(market):\n    inbox = market.inbox('portal')\n    market.trigger('portal', 'order.accepted')\n"
        "    market.wait('deliveries')\n    inbox.expect('order.refunded', 0.01)\n"
    )

    result = suite.run(text, "--mockmarket-url", address.url)

    counts(result, failed=1)
    assert (
        "No webhook order.refunded arrived within 0.01 s. Received and not taken yet: order.accepted." in result.stdout
    )
    assert "order.accepted delivered" in result.stdout


def test_inbox_tells_type_and_clears(suite: Suite, address: Served) -> None:
    text = (
        "def test_it(market):\n    inbox = market.inbox('zatabox', types=['event.published'])\n"
        "    market.trigger('zatabox', 'event.published', count=2)\n"
        "    market.trigger('zatabox', 'event.completed')\n"
        "    assert inbox.next().type == 'event.published'\n    inbox.next()\n"
        "    assert len(inbox.all) == 2 and len(inbox) == 0\n    inbox.clear()\n    assert inbox.all == []\n"
        "    assert market.inbox('zatabox') is inbox\n"
    )

    counts(suite.run(text, "--mockmarket-url", address.url), passed=1)


def test_snippets_of_the_page_run(suite: Suite, address: Served) -> None:
    snippets = SNIPPET.findall((ROOT / "docs/pytest.md").read_text())
    for number, snippet in enumerate(snippets):
        (suite.folder / f"test_snippet_{number}.py").write_text(snippet)

    result = suite.run("", "--mockmarket-url", address.url)

    counts(result, passed=sum(snippet.count("def test_") for snippet in snippets))
    assert len(snippets) > 5


def test_plugin_is_an_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["entry-points"]["pytest11"] == {"mockmarket": "mockmarket_client.pytest_plugin"}


@pytest.mark.parametrize("path", ["/api/v1", "/zatabox/api/v1", "/_mockmarket"])
def test_vendors_url_is_not_the_servers(suite: Suite, address: Served, path: str) -> None:
    result = suite.run("def test_it(market):\n    pass\n", MOCKMARKET_URL=address.url + path)

    counts(result, error=1)
    assert f"MOCKMARKET_URL must be the server's own URL: {address.url}\n" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize("body", [b"[]", b'{"error": "text"}', b"no JSON"], ids=ascii)
def test_strange_answer_is_told_in_a_sentence(suite: Suite, body: bytes) -> None:
    with saying(answer(body)) as url:
        result = suite.run("def test_it(market):\n    pass\n", MOCKMARKET_URL=url)

    counts(result, error=1)
    assert f"MOCKMARKET_URL: The server at {url} is not a mockmarket of this version" in result.stdout


def test_stale_variable_is_named_alone(suite: Suite) -> None:
    result = suite.run("def test_it(market):\n    pass\n", MOCKMARKET_URL="http://127.0.0.1:9")

    counts(result, error=1)
    assert "MOCKMARKET_URL: No mockmarket answers at http://127.0.0.1:9." in result.stdout
    assert "Without MOCKMARKET_URL, the run starts a server of its own." in result.stdout
    assert "During handling" not in result.stdout
    assert "direct cause" not in result.stdout
