"""`schema`: prints the JSON Schema of fixtures and scenarios, for editors."""

import json

import click

KINDS = ("fixture", "scenario")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
def schema(kind: str) -> None:
    """Print the JSON Schema of a fixture or a scenario, by which an editor completes and checks the file."""
    click.echo(text_of(kind), nl=False)


def text_of(kind: str) -> str:
    """Return the JSON Schema of a kind of file."""
    from mockmarket.scenarios.json_schema import of_scenario
    from mockmarket.seed.json_schema import of_fixture
    from mockmarket.vendor import discover

    described = of_fixture(discover()) if kind == "fixture" else of_scenario()
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"
