"""Text that is searched: equal letters are equal however they are written."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from mockmarket.rules.search import folded


@pytest.mark.parametrize("name", ["Auditorio Peñaclara", "Théâtre", "Quiñones", "Tūī Hollow", "ŻÓŁĆ", "가나"])
def test_name_is_found_however_it_is_written(name: str) -> None:
    ways = {folded(way) for way in (name, name.upper(), name.lower(), normalize("NFD", name), f"  {name}\t")}

    assert ways == {folded(name)}


def test_part_of_a_name_is_part_of_its_key() -> None:
    assert folded(normalize("NFD", "ñacl")) in folded("Auditorio Peñaclara")
