"""`env`: a vendor's base URL and credentials as variables for a shell, a file or a CI job."""

from __future__ import annotations

import click

from mockmarket.cli.options import option, talking
from mockmarket.client import Client
from mockmarket.testing.env_vars import PREFIX, SHELLS, of_vendor


@click.command()
@click.argument("vendors", nargs=-1, metavar="[VENDOR]...")
@option("--shell", type=click.Choice([*SHELLS]), default="sh", help="How the lines are written.")
@option("--key", help="The name of the key to use; the first that opens without limit when left out.")
@talking
def env(client: Client, vendors: tuple[str, ...], shell: str, key: str | None) -> None:
    """Print a VENDOR's base URL, key and headers as lines to evaluate; of every vendor without one.

    In a shell: eval "$(mockmarket env VENDOR)". In a GitHub job: mockmarket env VENDOR --shell github >> "$GITHUB_ENV".
    """
    chosen = [client.vendor(name) for name in vendors] or client.vendors()
    variables = {f"{PREFIX}_URL": client.url} | ({f"{PREFIX}_WORLD": client.world} if client.world else {})
    for vendor in chosen:
        variables |= of_vendor(vendor, key)
    click.echo(SHELLS[shell](variables), nl=False)
