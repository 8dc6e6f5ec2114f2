"""`openapi`: the document that describes everything that is served."""

from __future__ import annotations

import json

import click

from mockmarket.cli.options import as_json


@click.command()
@as_json("Print as JSON instead of YAML.")
def openapi(as_json: bool) -> None:
    """Print the OpenAPI document of everything that is served."""
    import yaml

    from mockmarket.server.openapi import describe
    from mockmarket.vendor import discover

    spec = json.loads(json.dumps(describe(discover())))
    click.echo(
        json.dumps(spec) if as_json else yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=120), nl=False
    )
