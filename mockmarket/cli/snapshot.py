"""`snapshot`: a world kept under a name, and put back."""

from __future__ import annotations

import click

from mockmarket.cli.options import as_json, show, talking
from mockmarket.cli.target import replacing
from mockmarket.client import Client


@click.group()
def snapshot() -> None:
    """Keep a world under a name, and put it back."""


@snapshot.command()
@click.argument("name")
@as_json()
@talking
def save(client: Client, name: str, as_json: bool) -> None:
    """Keep the world as it is now under NAME; an earlier snapshot of that name is replaced."""
    show(client.save_snapshot(name), as_json, f"Saved {name}.")


@snapshot.command()
@click.argument("name")
@as_json()
@replacing
def restore(client: Client, name: str, as_json: bool) -> None:
    """Put the world back to the snapshot NAME, its clock too."""
    show(client.restore_snapshot(name), as_json, f"Restored {name}.")


@snapshot.command()
@click.argument("name")
@as_json()
@replacing
def delete(client: Client, name: str, as_json: bool) -> None:
    """Forget the snapshot NAME."""
    client.delete_snapshot(name)
    show({"deleted": name}, as_json, f"Deleted {name}.")


@snapshot.command("list")
@as_json()
@talking
def list_all(client: Client, as_json: bool) -> None:
    """List the world's snapshots, oldest first."""
    snapshots = client.snapshots()
    lines = [f"{snapshot['name']}  of {snapshot['taken_at']}  {snapshot['bytes']} bytes" for snapshot in snapshots]
    show(snapshots, as_json, "\n".join(lines) or "There are no snapshots.")
