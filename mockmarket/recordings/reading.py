"""Reads recordings: HTTP archives, Playwright's zipped ones, our own journal's export, JSON lines, and folders of captured webhooks.

The form is known by a file's first bytes. A file is read bit by bit; the first entry that cannot be read ends the reading."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from mockmarket.recordings import streams
from mockmarket.recordings.exchange import Exchange, UnreadableError, place_of
from mockmarket.recordings.har_entries import Attached, exchange_of
from mockmarket.recordings.own_entries import exchanges_of_delivery, exchanges_of_entry

BOM = b"\xef\xbb\xbf"
HEAD = 4_096
ZIP = b"PK\x03\x04"
FOREIGN = {
    b"\x1f\x8b": "it is compressed with gzip; decompress it first",
    b"BZh": "it is compressed with bzip2; decompress it first",
    b"\xfd7zXZ": "it is compressed with xz; decompress it first",
    b"\x28\xb5\x2f\xfd": "it is compressed with zstd; decompress it first",
    b"x\x01": "it is compressed with zlib; decompress it first",
    b"x\x9c": "it is compressed with zlib; decompress it first",
    b"x\xda": "it is compressed with zlib, as mitmproxy's .zhar is; decompress it first",
    b"SQLite format 3": "it is a SQLite database; export its requests as HAR",
    b"\xff\xfe": "it is in UTF-16; save it in UTF-8",
    b"\xfe\xff": "it is in UTF-16; save it in UTF-8",
}
"""What is wrong with a file, by its first bytes."""
FIRST_MEMBER = re.compile(rb'\s*(?:\[|\{\s*(?:"([^"]{1,40})")?)')
PREFIXES = {"log": "log.entries.item", "requests": "requests.item", "deliveries": "deliveries.item", "[": "item"}
"""Where ijson finds a file's entries, by the first member of its object; entries of other files follow each other."""
WRONG_ENTRY = (AttributeError, LookupError, TypeError, ValueError)


def read_all(paths: Iterable[Path]) -> Iterator[Exchange]:
    """Yield the exchanges of several recordings, each a file or a folder."""
    for path in paths:
        yield from read(path)


def read(path: Path) -> Iterator[Exchange]:
    """Yield the exchanges of a file, or of a folder's files in the order of their names. UnreadableError names the file, and the entry,
    that cannot be read."""
    if path.is_dir():
        yield from _read_folder(path)
        return
    try:
        with path.open("rb") as file:
            is_zip = file.read(len(ZIP)) == ZIP
            yield from (
                _read_zip(file, str(path)) if is_zip else _read_json(file, str(path), partial(beside, path.parent))
            )
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error


def _read_folder(folder: Path) -> Iterator[Exchange]:
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if foreign := next((path for path in paths if path.suffix != ".json"), None):
        raise UnreadableError(f"{foreign}: a folder of captured webhooks has only .json files")
    yield from read_all(paths)


def _read_json(file: IO[bytes], source: str, attached: Attached) -> Iterator[Exchange]:
    file.seek(0)
    head = file.read(HEAD)
    check_head(head, source)
    file.seek(len(BOM) if head.startswith(BOM) else 0)
    yield from _entries(file, source, form_of(head), attached)


def check_head(head: bytes, source: str) -> None:
    """Raise UnreadableError for a file that, by its first bytes, holds no JSON."""
    problem = next((words for magic, words in FOREIGN.items() if head.startswith(magic)), None)
    if problem is None and not head.strip():
        problem = "it is empty"
    if problem is None and b"\0" in head:
        problem = "it is binary"
    if problem is None and not FIRST_MEMBER.match(head.removeprefix(BOM)):
        problem = "it is no recording; it must be HAR, a journal's export, or JSON lines"
    if problem:
        raise UnreadableError(f"{source}: {problem}")


def form_of(head: bytes) -> str:
    """Return the first member of a file's object, `[` for a list."""
    match = FIRST_MEMBER.match(head.removeprefix(BOM))
    name = match[1] if match else None
    return name.decode("latin-1") if name else "[" if match and match[0].endswith(b"[") else ""


def _entries(file: IO[bytes], source: str, form: str, attached: Attached) -> Iterator[Exchange]:
    prefix, number, start = PREFIXES.get(form, ""), 0, file.tell()
    convert: Callable[[Any, str, int], Iterable[Exchange]] = exchanges_of_entry
    if form == "log":
        convert = partial(_of_har, attached=attached)
    if form == "deliveries":
        convert = exchanges_of_delivery
    for number, value in streams.values(file, source, prefix):
        try:
            yield from convert(value, source, number)
        except WRONG_ENTRY as error:
            raise UnreadableError(f"{place_of(source, number)}: {_sentence(error)}") from error
    if not number and prefix.endswith(".item"):
        file.seek(start)
        _check_list(file, source, prefix.removesuffix(".item"))


def _of_har(entry: Any, source: str, number: int, attached: Attached) -> Iterator[Exchange]:
    yield exchange_of(entry, source, number, attached)


def _sentence(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    return str(error) if type(error) is ValueError else "it is no recorded exchange"


def _check_list(file: IO[bytes], source: str, prefix: str) -> None:
    """Raise UnreadableError for a file without a list of entries."""
    if not any(isinstance(value, list) for _, value in streams.values(file, source, prefix)):
        raise UnreadableError(f"{source}: it is no recording: it has no list {prefix}")


def beside(folder: Path, name: str) -> bytes:
    """Return the content of a file in an archive's folder; ValueError for one that is not in it, or too large."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("the file of a body is outside the archive's folder")
    try:
        if path.stat().st_size > streams.LARGEST_ENTRY:
            raise ValueError(f"the file of a body is larger than {streams.LARGEST_ENTRY:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"the file of a body cannot be read: {error.strerror}") from error


def _read_zip(file: IO[bytes], source: str) -> Iterator[Exchange]:
    try:
        with closing(ZipFile(file)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".har")]
            if len(names) != 1:
                raise UnreadableError(
                    f"{source}: a zip must hold one .har file, as Playwright's do; it holds {len(names)}"
                )
            with archive.open(names[0]) as content:
                yield from _read_json(content, source, partial(inside, archive))
    except (BadZipFile, EOFError, RuntimeError, zlib.error) as error:  # RuntimeError for one with a password
        raise UnreadableError(f"{source}: the zip cannot be read: {error}") from error


def inside(archive: ZipFile, name: str) -> bytes:
    """Return the content of a file in a zip; ValueError for one that is not in it, or too large."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise ValueError("the file of a body is not in the zip") from None
    if info.file_size > streams.LARGEST_ENTRY:
        raise ValueError(f"the file of a body is larger than {streams.LARGEST_ENTRY:,} bytes")
    return archive.read(info)
