"""Tixstock's fulfilment: one notice a ticket, each with a PDF of its own that opens and can be scanned."""

from __future__ import annotations

import io
import re
import unicodedata
from base64 import b64decode
from typing import Any

import pypdf
import pytest

from mockmarket.seed import finding
from mockmarket.vendors.tixstock import eticket_pdf, lettering
from tests.conftest import Client
from tests.receiver import Receiver, dawdling
from tests.vendors.tixstock import Exchange, arrivals, opened

TICKET = eticket_pdf.Ticket(
    event="Gran Noche", venue="Quay Garden, Boston", starts="Friday 01 May 2026, 19:00", section="Stalls", place=("A", 12),
    order="X-1", holder="Nora O'Hara", code="01KN4EMBG0-2", at=1_775_044_800_000,
)  # fmt: skip


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def with_(**changes: Any) -> eticket_pdf.Ticket:
    """Return the ticket with something else on it."""
    return eticket_pdf.Ticket(
        **{name: changes.get(name, getattr(TICKET, name)) for name in eticket_pdf.Ticket.__slots__}
    )


def fulfilled(exchange: Exchange, receiver: Receiver, **arguments: Any) -> list[dict[str, Any]]:
    """Have an order's tickets uploaded; returns what the reseller was told of each."""
    exchange.listen(receiver, "a")
    exchange.acted("fulfil", order="X-1", **arguments)
    exchange.quiet()
    return sorted((data for _, _, data in arrivals(receiver)), key=lambda data: str(data["seat"]))


def opened_pdf(data: dict[str, Any]) -> pypdf.PdfReader:
    """Open the file of a fulfilment."""
    return pypdf.PdfReader(io.BytesIO(b64decode(data["file"], validate=True)), strict=True)


def text_of(pdf: bytes) -> str:
    """Return what stands on a ticket."""
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages[0].extract_text()


def scanned(pdf: bytes) -> str:
    """Read the barcode off a page by the widths of its bars and of the gaps between them, as a scanner does."""
    content = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].get_contents()
    assert content is not None
    bars = [
        tuple(map(float, numbers)) for numbers in re.findall(rb"([\d.]+) [\d.]+ ([\d.]+) [\d.]+ re", content.get_data())
    ]
    widths = []
    for (left, width), following in zip(bars, [*bars[1:], (0.0, 0.0)], strict=True):
        widths += [width, following[0] - left - width]
    modules = "".join(str(round(width / eticket_pdf.MODULE)) for width in widths[:-1])
    symbols = [modules[at : at + 6] for at in range(0, len(modules) - 7, 6)]
    table = [eticket_pdf.WIDTHS[at : at + 6] for at in range(0, len(eticket_pdf.WIDTHS), 6)]
    start, *values, check = [table.index(symbol) for symbol in symbols]
    assert (start, modules[-7:]) == (104, "2331112")
    assert check == (start + sum(place * value for place, value in enumerate(values, 1))) % 103
    return "".join(chr(value + 32) for value in values)


def test_each_ticket_is_told_by_itself(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(3)

    first, second, third = fulfilled(exchange, receiver)

    assert [first["seat"], second["seat"], third["seat"]] == ["11", "12", "13"]
    assert len(exchange.deliveries()) == 3
    assert len({first["file"], second["file"], third["file"]}) == 3


def test_told_ticket_has_its_keys(exchange: Exchange, receiver: Receiver) -> None:
    listing = exchange.listing()["id"]
    exchange.order(1)

    (data,) = fulfilled(exchange, receiver)

    assert data == {
        "order_id": "X-1", "id": listing, "general_admission": 0, "row": "A", "seat": "11", "file": data["file"],
        "proof_file_url": [],
    }  # fmt: skip


def test_general_admission_has_no_place(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(2, "Floor", "GA")

    tickets = fulfilled(exchange, receiver)

    assert len(tickets) == 2
    for data in tickets:
        assert (data["general_admission"], data["row"], data["seat"]) == (1, None, None)


def test_etickets_have_their_type(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(1)
    fulfilled(exchange, receiver)

    assert [type for _, type, _ in arrivals(receiver)] == ["order.eticket_fulfilment"]


def test_mobile_tickets_have_theirs(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(4, "Circle", "C")
    proofs = ["https://proofs.example/1", "https://proofs.example/2"]

    rows = fulfilled(exchange, receiver, count=1, proof_file_url=proofs)

    assert [type for _, type, _ in arrivals(receiver)] == ["order.mobile_ticket_fulfilment"]
    assert rows[0]["proof_file_url"] == proofs


def test_tickets_come_in_parts(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(3)
    fulfilled(exchange, receiver, count=2)

    exchange.acted("fulfil", order="X-1")
    exchange.quiet()

    assert sorted(data["seat"] for _, _, data in arrivals(receiver)) == ["11", "12", "13"]


@pytest.mark.thorough
def test_tickets_arrive_in_order(exchange: Exchange, receiver: Receiver) -> None:
    receiver.answer = dawdling(1)
    exchange.order(6, "Floor", "GA")
    exchange.order(4, order_id="X-2")
    exchange.listen(receiver, "a")

    exchange.acted("fulfil", order="X-2", count=1)
    exchange.acted("fulfil", order="X-2", count=2)
    exchange.acted("fulfil", order="X-2")

    receiver.wait(4)
    assert [data["seat"] for _, _, data in arrivals(receiver)] == ["11", "12", "13", "14"]


def test_tickets_are_uploaded_once(exchange: Exchange) -> None:
    exchange.order(1)
    exchange.acted("fulfil", order="X-1")

    assert exchange.act("fulfil", order="X-1").status_code == 409


def test_paper_is_not_uploaded(exchange: Exchange) -> None:
    exchange.order(1, "Gallery", "P")

    answer = exchange.act("fulfil", order="X-1")

    assert answer.status_code == 409
    assert "tracking" in answer.json()["error"]["message"]


@pytest.mark.parametrize("status", ["Pending Review", "Sale on Hold", "Cancelled"])
def test_unapproved_order_is_not_fulfilled(exchange: Exchange, status: str) -> None:
    exchange.order(1, order_status=status)

    assert exchange.act("fulfil", order="X-1").status_code == 409


def test_other_resellers_get_no_tickets(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "b")
    exchange.order(1)
    exchange.quiet()
    receiver.hooks.clear()

    exchange.acted("fulfil", order="X-1")
    exchange.quiet()

    assert receiver.hooks == []


@pytest.mark.thorough
def test_file_opens_and_says_everything(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(1)

    pdf = opened_pdf(fulfilled(exchange, receiver)[0])

    text = " ".join(pdf.pages[0].extract_text().splitlines())
    for part in ("Northgate Otters vs. Granite Lynx", "Quay Garden, Boston, MA", "Friday 01 May 2026, 19:00", "Section Stalls",
                 "Row A   Seat 11", "Order X-1", "Ñora O'Hara"):  # fmt: skip
        assert part in text
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Northgate Otters vs. Granite Lynx - X-1"


def test_file_is_made_on_the_worlds_clock(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(1)

    pdf = opened_pdf(fulfilled(exchange, receiver)[0])

    assert pdf.metadata is not None
    assert str(pdf.metadata.creation_date) == "2026-04-01 12:00:00+00:00"


def test_barcode_is_the_tickets_number(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(2)
    id = exchange.record("order", order_id="X-1")["tixstock_id"].upper()

    codes = [scanned(b64decode(data["file"])) for data in fulfilled(exchange, receiver)]

    assert codes == [f"{id}-1", f"{id}-2"]


def test_same_ticket_is_same_bytes() -> None:
    assert eticket_pdf.draw(TICKET) == eticket_pdf.draw(with_())
    assert eticket_pdf.draw(TICKET) != eticket_pdf.draw(with_(order="X-2"))


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name",
    ["Noël: 月夜の紙芝居 Σιριος ✨ Ана 张伟", "O'Hara (live) \\ encore", "A" * 300],
)
def test_names_in_any_script_are_shown(name: str) -> None:
    text = text_of(eticket_pdf.draw(with_(event=name)))

    assert "".join(name.split())[:100] in "".join(text.split())


def letter_of(letter: str) -> str:
    """Return what the glyphs of a letter show."""
    parts = []
    for glyph in lettering.glyphs_of(letter, "Latin"):
        maps = {"LatinMarks": lettering.MARKS_TEXT, "Greek": lettering.GREEK_TEXT}
        if glyph.font in maps:
            parts.append(maps[glyph.font][glyph.code[0]])
        else:
            parts.append(glyph.code.decode("cp1252" if glyph.font == "Latin" else "utf-16-be"))
    return unicodedata.normalize("NFC", "".join(parts))


def test_every_letter_of_the_default_fixture_is_shown() -> None:
    letters = {letter for letter in finding.find("default").files[0].read_text(encoding="utf-8") if letter.isalpha()}
    assert len(letters) > 100

    assert {letter: letter_of(letter) for letter in letters if letter_of(letter) != letter} == {}


@pytest.mark.parametrize("name", ["Tūī Hollow", "Σείριος", "Łódź", "Ğı"])
def test_composed_letters_are_extracted_whole(name: str) -> None:
    content = pypdf.PdfReader(io.BytesIO(eticket_pdf.draw(with_(event=name)))).pages[0].get_contents()
    assert content is not None
    spans = re.findall(rb"/ActualText <feff([0-9a-f]{4})>>> BDC", content.get_data())

    composed = [letter for letter in name if len(lettering.glyphs_of(letter, "Bold")) > 1]
    assert [bytes.fromhex(code.decode()).decode("utf-16-be") for code in spans] == composed


def test_long_names_stay_on_the_page() -> None:
    lines = eticket_pdf.wrapped("The Extraordinarily Long Evening of Unreasonably Many Words and " + "B" * 80, 20)

    assert max(eticket_pdf.ems(line) * 20 for line in lines) <= eticket_pdf.WIDTH - 2 * eticket_pdf.MARGIN
    assert lines[0] == "The Extraordinarily Long"


@pytest.mark.thorough
def test_general_ticket_says_so() -> None:
    assert "General admission" in text_of(eticket_pdf.draw(with_(place=None)))


def test_barcode_has_the_standards_check() -> None:
    # the worked example of public descriptions has 54 in code set A, whose start is one less
    values = [ord(sign) - 32 for sign in "PJJ123C"]
    check = (104 + sum(place * value for place, value in enumerate(values, 1))) % 103

    assert check == 55
    assert eticket_pdf.code128("PJJ123C")[-13:-7] == eticket_pdf.WIDTHS[6 * check : 6 * check + 6]


@pytest.mark.parametrize("text", ["", "ñ", "a\nb"])
def test_unprintable_is_no_barcode(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be a barcode"):
        eticket_pdf.code128(text)


def test_every_symbol_is_eleven_modules() -> None:
    symbols = [eticket_pdf.WIDTHS[at : at + 6] for at in range(0, len(eticket_pdf.WIDTHS), 6)]

    assert len(set(symbols)) == len(symbols) == 106
    assert {sum(map(int, symbol)) for symbol in symbols} == {11}
