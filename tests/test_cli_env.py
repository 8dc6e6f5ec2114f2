"""`env`: lines that shells, .env readers and GitHub read back as what they were."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.cli.env_vars import SHELLS, of_vendor
from mockmarket.worlds.world import World
from mockmarket_client import Client
from tests.conftest import Served

AWKWARD = {"MOCKMARKET_A": 'two words; $HOME `id` "quoted" \\ it\'s', "MOCKMARKET_B": "", "MOCKMARKET_C": "#no*comment"}


def env(served: Served, *arguments: str) -> Result:
    """Run `env` against the served mock."""
    return CliRunner().invoke(main, ["env", *arguments, "--url", served.url], catch_exceptions=False)


def read_back(shell: list[str], script: str) -> dict[str, str]:
    """Return our variables as a shell has them once it has read a script."""
    command = [*shell, f"{script}\nenv -0"]
    out = subprocess.check_output(command, env={"PATH": os.environ["PATH"]}, text=True, timeout=20)
    pairs = (pair.partition("=") for pair in out.split("\0"))
    return {name: value for name, _, value in pairs if name.startswith("MOCKMARKET_")}


def test_lines_name_url_key_and_header(served: Served) -> None:
    printed = env(served, "portal").output

    assert read_back(["sh", "-c"], printed) == {
        "MOCKMARKET_URL": served.url,
        "MOCKMARKET_PORTAL_BASE_URL": f"{served.url}/api/v1",
        "MOCKMARKET_PORTAL_KEY": "portal_test_full_00000000",
        "MOCKMARKET_PORTAL_X_API_KEY": "portal_test_full_00000000",
    }


def test_world_is_in_the_base_url(served: Served, world: World) -> None:
    printed = json.loads(env(served, "portal", "--world", world.name, "--shell", "json").output)

    assert printed["MOCKMARKET_WORLD"] == world.name
    assert printed["MOCKMARKET_PORTAL_BASE_URL"] == f"{served.url}/w/{world.name}/api/v1"


def test_every_vendor_without_one(served: Served) -> None:
    printed = json.loads(env(served, "--shell", "json").output)

    assert {"MOCKMARKET_PORTAL_BASE_URL", "MOCKMARKET_ZATABOX_BASE_URL", "MOCKMARKET_TIXSTOCK_BASE_URL"} <= set(printed)


def test_key_is_chosen_by_name(served: Served) -> None:
    printed = json.loads(env(served, "ticketnation", "--key", "Read only", "--shell", "json").output)

    assert printed["MOCKMARKET_TICKETNATION_API_KEY"] == "tn_live_test_read_0000000000000001"


def test_unknown_vendor_names_those_there(served: Served) -> None:
    result = env(served, "nobody")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "portal" in result.stderr


def test_missing_server_exits_with_three() -> None:
    result = CliRunner().invoke(main, ["env", "portal", "--url", "http://127.0.0.1:9"])

    assert result.exit_code == 3
    assert "mockmarket serve --port 9" in result.stderr


def test_variable_names_the_server(served: Served) -> None:
    result = CliRunner().invoke(main, ["env", "portal"], env={"MOCKMARKET_URL": served.url, "MOCKMARKET_SHELL": "json"})

    assert json.loads(result.output)["MOCKMARKET_URL"] == served.url


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh"])
def test_awkward_values_survive_shells(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")

    assert read_back([shell, "-c"], SHELLS["sh"](AWKWARD)) == AWKWARD


def test_awkward_values_survive_fish() -> None:
    if shutil.which("fish") is None:
        pytest.skip("there is no fish here")

    assert read_back(["fish", "-c"], SHELLS["fish"](AWKWARD)) == AWKWARD


def test_fish_escapes_quote_and_backslash() -> None:
    assert SHELLS["fish"]({"A": "it's \\ $x"}) == "set -gx A 'it\\'s \\\\ $x'\n"


def test_dotenv_is_read_by_a_shell_too() -> None:
    assert read_back(["sh", "-c"], f"set -a\n{SHELLS['dotenv'](AWKWARD)}") == AWKWARD


def test_github_lines_are_bare() -> None:
    assert SHELLS["github"]({"A": "b c", "D": "e"}) == "A=b c\nD=e\n"


def test_first_key_opens_without_limit() -> None:
    def key(name: str, **extra: object) -> dict[str, object]:
        return {
            "name": name,
            "secret": name,
            "headers": {"X-Key": name},
            "ip_allowlist": [],
            "expires_at": None,
        } | extra

    credentials = [key("expiring", expires_at="2020"), key("local", ip_allowlist=["127.0.0.2"]), key("open")]

    variables = of_vendor({"name": "sky-box", "base_url": "http://x", "credentials": credentials})

    assert variables == {
        "MOCKMARKET_SKY_BOX_BASE_URL": "http://x",
        "MOCKMARKET_SKY_BOX_KEY": "open",
        "MOCKMARKET_SKY_BOX_X_KEY": "open",
    }


def test_sdk_has_its_own_url() -> None:
    variables = of_vendor({"name": "x", "base_url": "u/x/v1", "sdk_url": "u/x", "credentials": []})

    assert variables == {"MOCKMARKET_X_BASE_URL": "u/x/v1", "MOCKMARKET_X_SDK_URL": "u/x"}


def test_vendor_without_keys_has_its_url() -> None:
    assert of_vendor({"name": "x", "base_url": "u", "credentials": []}) == {"MOCKMARKET_X_BASE_URL": "u"}


def test_vendor_without_a_key_is_warned_about(served: Served, tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text("venues: []\n")
    with closing(Client(served.url)) as api:
        api.create_world("bare", str(tmp_path / "bare.yaml"))

        ran = env(served, "portal", "--world", "bare")
        api.drop_world("bare")

    assert "MOCKMARKET_PORTAL_KEY" not in ran.stdout
    assert ran.stderr == "Warning: portal has no key in this world's fixture, so none is printed.\n"
