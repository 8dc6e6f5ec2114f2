"""How a command ends when the system does not let it do something: with a sentence, never with a stack trace."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import suppress

import click


def sentence(error: Exception) -> str | None:
    """Say what the system or a file did not let a command do; None for a fault of the mock's own."""
    from mockmarket import errors  # take as long to import as some commands take to run
    from mockmarket.store.files import DataError, of_database

    if isinstance(error, OSError):
        return (output_problem() if error.filename is None else None) or errors.of_system(error)
    if isinstance(error, sqlite3.Error):
        words = of_database(error)
        return words and f"A database file {words}."
    return str(error) if isinstance(error, DataError) else None


def output_problem() -> str | None:
    """Say why standard output takes nothing more; None when it takes what is written to it.

    The only way to know is to write: an error of writing does not say where to.
    """
    try:
        click.echo()
    except OSError as error:
        return f"Standard output cannot be written to: {error.strerror}."
    return None


def complain(text: str) -> None:
    """Say on standard error why a command ends, if that can still be written to."""
    with suppress(OSError):
        click.echo(text, err=True)


def give_up() -> None:
    """Drop what an output does not take: Python would try to write it once more at its end, and exit with a code of its own, 120."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except OSError:
                with open(os.devnull, "w") as nowhere:
                    os.dup2(nowhere.fileno(), stream.fileno())
