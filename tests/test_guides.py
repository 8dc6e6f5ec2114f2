"""What the guides, CI examples and container files say is so: commands parse, YAML parses, checks run. No container engine is needed."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from mockmarket.cli import main
from mockmarket.config import Config
from mockmarket.vendor import discover
from tests.running import serving

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("fixtures/*.md"), *ROOT.glob("examples/**/*.md")]),
]
GUIDES = [ROOT / f"docs/{name}.md" for name in ("integrator", "ci", "qa", "fixtures")]
CI = sorted((ROOT / "examples/ci").glob("*.yml"))
YAMLS = [*CI, ROOT / "compose.yaml"]
VENDORS = discover()
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")

FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`(mockmarket [a-z][^`]*)`")
COMMAND = re.compile(r"(?:^|[\s;&|(\"'])(?:\S*/)?mockmarket (?=[a-z-])(.*)")
SHELLS = ("", "bash", "sh", "console", "shell")
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}…?(?=\s|$)|…|\.\.\.")
"""What stands for something else in a command that is named in a sentence, such as `mockmarket env VENDOR`."""


def blocks(text: str, *languages: str) -> Iterator[str]:
    """Yield the fenced blocks of a page in these languages."""
    yield from (block for language, block in FENCE.findall(text) if language in languages)


def scripts(value: Any) -> Iterator[str]:
    """Yield every text in a YAML document, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from scripts(each)
    elif isinstance(value, list):
        for each in value:
            yield from scripts(each)


def commands(script: str) -> Iterator[list[str]]:
    """Yield the words behind each `mockmarket` that a shell script runs."""
    for line in script.replace("\\\n", " ").splitlines():
        if not line.lstrip().startswith("#"):
            for match in COMMAND.finditer(line):
                yield words(match[1])


def words(rest: str) -> list[str]:
    """Return a command's words up to where the shell ends it: an operator, a redirection, a closing bracket, a remark."""
    plain = re.sub(r"(?<=\s)\d(?=[<>])", "", rest)
    lexer = shlex.shlex(plain if "(" in plain else plain.split(")", 1)[0], posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return [*itertools.takewhile(lambda word: not set(word) <= set("();<>|&"), lexer)]


NONE = click.Context(main)


def problem(arguments: list[str]) -> str | None:
    """Return what is wrong with a command line of ours, or None; nothing is run."""
    command: click.Command = main
    names = ["mockmarket"]
    while isinstance(command, click.Group):
        if not arguments or not (subcommand := command.get_command(NONE, arguments[0])):
            return f"{' '.join(names)} has no command {arguments[:1]}"
        names.append(arguments[0])
        command, arguments = subcommand, arguments[1:]
    try:
        command.make_context(names[-1], arguments).close()
    except click.exceptions.Exit:  # --help
        return None
    except click.UsageError as error:
        return f"{' '.join(names)}: {error.format_message()}"
    return None


def commands_of(page: Path) -> list[list[str]]:
    """Return every command line of ours in a page's blocks: shell, and the scripts within YAML."""
    text = page.read_text("utf-8")
    sources = [*blocks(text, *SHELLS)]
    for block in blocks(text, "yaml"):
        sources += scripts(yaml.safe_load(block))
    return [line for script in sources for line in commands(script)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_pages_are_ours(page: Path) -> None:
    wrong = [(line, reason) for line in commands_of(page) if (reason := problem(line))]

    assert wrong == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_commands_within_sentences_are_ours(page: Path) -> None:
    prose = FENCE.sub("", page.read_text("utf-8"))
    named = [span for span in SPAN.findall(prose) if not PLACEHOLDER.search(span)]

    wrong = [(span, reason) for span in named for line in commands(span) if (reason := problem(line))]

    assert wrong == []


@pytest.mark.parametrize("file", YAMLS, ids=lambda file: file.name)
def test_commands_of_files_are_ours(file: Path) -> None:
    wrong = [
        (line, reason)
        for script in scripts(yaml.safe_load(file.read_text("utf-8")))
        for line in commands(script)
        if (reason := problem(line))
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("mockmarket serve --port 0 > log 2>&1 &", ["serve", "--port", "0"]),
        ('eval "$(mockmarket env portal)"', ["env", "portal"]),
        ("A=1 .venv/bin/mockmarket vendors | grep x", ["vendors"]),
        ("mockmarket exec -- sh -c 'a && b'", ["exec", "--", "sh", "-c", "a && b"]),
        ("mockmarket fixture \\\n  check a.yaml", ["fixture", "check", "a.yaml"]),
        ("mockmarket vendors 2> err", ["vendors"]),
        ("mockmarket vendors  # all of them", ["vendors"]),
    ],
)
def test_commands_are_found_in_scripts(script: str, expected: list[str]) -> None:
    assert [*commands(script)] == [expected]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["sevre"], "has no command"),
        (["serve", "--prot", "0"], "No such option"),
        (["serve", "--port", "many"], "is not a valid integer"),
        (["fixture", "generate", "--events", "5"], "Missing option"),
        (["fixture"], "has no command"),
        (["vendors", "portal"], "unexpected extra argument"),
    ],
)
def test_wrong_command_lines_are_noticed(arguments: list[str], reason: str) -> None:
    assert reason in (problem(arguments) or "")


def test_right_command_line_passes() -> None:
    assert problem(["exec", "--seed", "7", "--", "pytest", "-n", "4", "--no-such-option"]) is None


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_guides_have_commands_to_run(page: Path) -> None:
    assert commands_of(page) or "bash runnable" in page.read_text("utf-8")


def test_yaml_of_pages_parses() -> None:
    yamls = [(page, block) for page in PAGES for block in blocks(page.read_text("utf-8"), "yaml", "yml")]

    assert yamls
    for page, block in yamls:
        assert yaml.safe_load(block) is not None, f"{page}:\n{block}"


def test_github_example_has_steps() -> None:
    workflow = yaml.safe_load((ROOT / "examples/ci/github-actions.yml").read_text("utf-8"))

    assert workflow["jobs"]
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_gitlab_example_has_scripts() -> None:
    pipeline = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text("utf-8"))
    jobs = {name: job for name, job in pipeline.items() if name not in ("default", "variables")}

    assert {*jobs} == {"exec", "service"}
    assert all(isinstance(line, str) for job in jobs.values() for line in job["script"])


@pytest.mark.parametrize("file", CI, ids=lambda file: file.name)
def test_ci_scripts_are_shell(file: Path) -> None:
    document = yaml.safe_load(file.read_text("utf-8"))
    jobs = document.get("jobs", document).values()
    lines = [step["run"] for job in jobs for step in job.get("steps", ()) if "run" in step]
    lines += [line for job in jobs for line in job.get("script", ())]

    assert lines
    for line in lines:
        bare = re.sub(r"\$\{\{.*?\}\}", "x", line)
        assert subprocess.run(["bash", "-n", "-c", bare], capture_output=True, text=True).stderr == ""


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with what follows each."""
    joined = re.sub(r"\\\n", " ", "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#")))
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines()) if name]


def test_image_is_small_and_unprivileged() -> None:
    froms = [rest for name, rest in instructions() if name == "FROM"]
    [user] = [rest for name, rest in instructions() if name == "USER"]

    assert froms == ["python:3.11-slim AS build", "python:3.11-slim"]
    assert user.split(":")[0] not in ("0", "root")


def test_image_copies_what_there_is() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and not rest.startswith("--from")]

    sources = {source for each in copied for source in each}

    assert all((ROOT / source).exists() for source in sources)
    assert sources == {line.removeprefix("!") for line in ignored if line.startswith("!")}


def test_image_starts_our_server() -> None:
    [entry] = [json.loads(rest) for name, rest in instructions() if name == "ENTRYPOINT"]
    [command] = [json.loads(rest) for name, rest in instructions() if name == "CMD"]

    assert entry == ["mockmarket"]
    assert problem(command) is None


def health_check(port: int, token: str) -> int:
    """Run the image's health check on this machine; returns its exit code."""
    [rest] = [rest for name, rest in instructions() if name == "HEALTHCHECK"]
    command = json.loads(rest.partition("CMD ")[2])
    environ = {"MOCKMARKET_PORT": str(port), "MOCKMARKET_CONTROL_TOKEN": token}
    return subprocess.run([sys.executable, *command[1:]], env=environ, capture_output=True, timeout=20).returncode


@pytest.mark.thorough
def test_health_check_tells_a_healthy_server() -> None:
    with serving(Config(host="0.0.0.0", fixture="small", control_token="right")) as served:
        port = served.server.port

        assert health_check(port, "right") == 0
        assert health_check(port, "wrong") == 1
    assert health_check(port, "right") == 1


def test_compose_needs_a_token() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["mockmarket"]

    assert service["environment"]["MOCKMARKET_CONTROL_TOKEN"].startswith("${MOCKMARKET_CONTROL_TOKEN:?")
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_variables_of_files_are_options() -> None:
    options = {
        variable
        for name in main.list_commands(NONE)
        if (command := main.get_command(NONE, name))
        for option in command.params
        for variable in ([option.envvar] if isinstance(option.envvar, str) else option.envvar or ())
    }
    named = {
        name
        for file in [*YAMLS, ROOT / "Dockerfile"]
        for name in re.findall(r"MOCKMARKET_[A-Z_]+", file.read_text("utf-8"))
    }

    assert named - {"MOCKMARKET_IMAGE"} <= options
