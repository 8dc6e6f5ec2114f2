"""Write the recordings of the vendors' documents, and what the mock agrees with in them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.recordings import AGREEMENT, FOLDER, agreement
from tests.recordings.documents import WEBHOOKS, entries


def write(path: Path, text: str) -> None:
    """Write a file and print its size."""
    path.write_text(text, encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    for name in WEBHOOKS:
        lines = (json.dumps(entry, ensure_ascii=False) for entry in entries(name))
        write(FOLDER / f"document-{name}.jsonl", "".join(f"{line}\n" for line in lines))
    write(AGREEMENT, json.dumps(agreement(), indent=2) + "\n")
