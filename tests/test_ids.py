"""Ids: the same seed and the same calls give the same ids; each has the shape that it is named after."""

from __future__ import annotations

import string
import subprocess
import sys
import uuid
from datetime import UTC, datetime

import pytest

from mockmarket.ids import CROCKFORD, Ids, process_token

MOMENT = 1_769_087_270_088
DRAWS = ("uuid", "hex:24", "text:9", "below:1000", "secret:40")


def draw(ids: Ids, spec: str) -> str:
    """Draw one id by its name and argument."""
    name, _, argument = spec.partition(":")
    return str(getattr(ids, name)(*([int(argument)] if argument else [])))


def test_same_seed_gives_same_ids() -> None:
    first, second = Ids(7, seeded_secrets=True), Ids(7, seeded_secrets=True)

    assert [draw(first, spec) for spec in DRAWS] == [draw(second, spec) for spec in DRAWS]


def test_another_seed_gives_other_ids() -> None:
    assert Ids(7).uuid() != Ids(8).uuid()


def test_each_draw_is_another() -> None:
    ids = Ids(7)

    assert len({ids.uuid() for _ in range(1000)}) == 1000


def test_stream_goes_on_from_drawn() -> None:
    ids = Ids(7)
    ids.uuid()

    assert Ids(7, ids.drawn).uuid() == ids.uuid()


def test_ids_stay_over_processes() -> None:
    code = "from mockmarket.ids import Ids; print(Ids(7).uuid())"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert ran.stdout.strip() == Ids(7).uuid() == "94ced0f9-7911-4072-bd9f-60ed4ad96dd7"


def test_uuid_is_version_four() -> None:
    value = uuid.UUID(Ids(7).uuid())

    assert (value.version, value.variant) == (4, uuid.RFC_4122)
    assert str(value) == Ids(7).uuid()


@pytest.mark.parametrize("digits", [1, 2, 7, 24, 64, 128])
def test_hex_has_its_length(digits: int) -> None:
    value = Ids(7).hex(digits)

    assert len(value) == digits
    assert set(value) <= set("0123456789abcdef")


@pytest.mark.parametrize("length", [1, 9, 26, 64])
def test_text_has_its_alphabet(length: int) -> None:
    value = Ids(7).text(length)

    assert len(value) == length
    assert set(value) <= set(string.ascii_uppercase + string.digits)


def test_below_stays_below() -> None:
    ids = Ids(7)

    assert {ids.below(6) for _ in range(300)} == set(range(6))


def test_object_id_begins_with_second() -> None:
    value = Ids(7).object_id(MOMENT)

    assert len(value) == 24
    assert datetime.fromtimestamp(int(value[:8], 16), UTC) == datetime(2026, 1, 22, 13, 7, 50, tzinfo=UTC)


def test_ulid_begins_with_millisecond() -> None:
    value = Ids(7).ulid(MOMENT)
    number = 0
    for letter in value[:10]:
        number = number * 32 + CROCKFORD.index(letter)

    assert (len(value), number) == (26, MOMENT)


def test_later_ulid_sorts_later() -> None:
    ids = Ids(7)

    values = [ids.ulid(MOMENT + step) for step in range(50)]

    assert values == sorted(values)


@pytest.mark.parametrize("length", [1, 31, 40, 48])
def test_secret_has_its_length(length: int) -> None:
    for seeded in (True, False):
        assert len(Ids(7, seeded_secrets=seeded).secret(length)) == length


def test_secrets_follow_seed_when_told() -> None:
    assert Ids(7, seeded_secrets=True).secret() == Ids(7, seeded_secrets=True).secret()


def test_secrets_ignore_seed_by_default() -> None:
    first, second = Ids(7), Ids(7)

    assert first.secret() != second.secret()
    assert first.uuid() == second.uuid()


def test_process_token_never_repeats() -> None:
    assert len({process_token() for _ in range(100)}) == 100
