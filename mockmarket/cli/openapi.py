"""`openapi`: the document that describes everything that is served."""

from __future__ import annotations

import json

import click

from mockmarket.cli.options import as_json


@click.command()
@as_json("Print as JSON instead of YAML.")
def openapi(as_json: bool) -> None:
    """Print the OpenAPI document of everything that is served."""
    from mockmarket.server.openapi import as_yaml, describe
    from mockmarket.vendor import discover

    spec = json.loads(json.dumps(describe(discover())))
    click.echo(json.dumps(spec) if as_json else as_yaml(spec), nl=False)
