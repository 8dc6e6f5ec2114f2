"""`vendors`: the emulated APIs and the keys that the default fixture opens them with."""

from __future__ import annotations

import json

import click

from mockmarket.cli.options import as_json


@click.command()
@as_json()
def vendors(as_json: bool) -> None:
    """List the emulated APIs: base URLs, and the default fixture's keys."""
    from mockmarket.seed import reading
    from mockmarket.vendor import discover

    vendors = [
        {
            "name": vendor.name,
            "title": vendor.title,
            "base_url": vendor.base,
            "keys": reading.keys_of(reading.find("default"), vendor.name),
        }
        for vendor in discover()
    ]
    if as_json:
        click.echo(json.dumps(vendors))
        return
    for vendor in vendors:
        click.echo(f"{vendor['name']}  {vendor['title']}\n  base URL  {vendor['base_url']}")
        for name, secret in vendor["keys"]:
            click.echo(f"  key       {secret}  {name}")
