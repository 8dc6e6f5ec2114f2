"""Spans of time and sizes as options write them. Pure."""

import re

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""The units of a span of time."""
PART_OF_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
BYTES = {"": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
"""The units of a size."""
SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMG]B|)", re.IGNORECASE)


def parse_span(text: str) -> float:
    """Return a span of time such as `1h30m` in seconds."""
    parts = PART_OF_SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no span of time")
    return float(sum(float(number) * SECONDS[unit] for number, unit in parts))


def parse_size(text: str) -> int:
    """Return a size such as `50MB` in bytes."""
    match = SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no size")
    return int(float(match[1]) * BYTES[match[2].upper()])
