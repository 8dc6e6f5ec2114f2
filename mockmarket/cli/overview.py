"""`vendors` lists the emulated APIs and the default fixture's keys, `openapi` prints the OpenAPI document."""

import json

import click

from mockmarket.cli.options import as_json, option


@click.command()
@as_json()
def vendors(as_json: bool) -> None:
    """List the emulated APIs with their base URLs and the default fixture's keys."""
    from mockmarket.seed import finding, reading
    from mockmarket.vendor import discover

    fixture = finding.find("default")
    served = [(each.name, each.title, each.base, reading.keys_of(fixture, each.name)) for each in discover()]
    vendors = [dict(zip(("name", "title", "base_url", "keys"), row, strict=True)) for row in served]
    if as_json:
        click.echo(json.dumps(vendors))
        return
    for vendor in vendors:
        click.echo(f"{vendor['name']}  {vendor['title']}\n  base URL  {vendor['base_url']}")
        for name, secret in vendor["keys"]:
            click.echo(f"  key       {secret}  {name}")


@click.command()
@as_json("Print as JSON instead of YAML.")
@option(
    "--postman",
    is_flag=True,
    help="Print a Postman collection (v2.1) made from it: every call, base URLs and keys as variables.",
)
def openapi(as_json: bool, postman: bool) -> None:
    """Print the OpenAPI document of all routes, or a collection for Postman, Bruno, Insomnia and newman."""
    from mockmarket.server.openapi import as_yaml, describe
    from mockmarket.vendor import discover

    if postman:
        from mockmarket.server.openapi.postman import collection

        click.echo(json.dumps(collection(discover()), ensure_ascii=False, indent=1))
        return
    spec = json.loads(json.dumps(describe(discover())))
    click.echo(json.dumps(spec) if as_json else as_yaml(spec), nl=False)
