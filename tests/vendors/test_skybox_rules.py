"""SkyBox's rules as its document tells them: what may be sold of a listing, for how long a webhook is muted, how it signs."""

from __future__ import annotations

from mockmarket.rules import splits
from mockmarket.vendors.skybox.scheme import HEADERS
from mockmarket.vendors.skybox.vendor import LADDER, steps_of
from mockmarket.webhooks.signing import Sending
from tests.vendors.skybox_office import SECRET, mac

BODY = b'{"id":20,"accountId":1234,"topic":"INVENTORY","action":"UPDATED","inventory":{"cost":80.0}}'


def test_default_split_is_the_documents() -> None:
    below = {many: splits.quantities("default", many) for many in (2, 4, 6)}

    assert below == {2: [2], 4: [2, 4], 6: [2, 4, 6]}
    for many in (3, 5, 7, 8, 9, 10):
        assert splits.quantities("default", many) == [some for some in range(1, many + 1) if many - some != 1]


def test_mutes_are_the_documents() -> None:
    minutes = [step // 60_000 for step in steps_of(LADDER)]

    assert minutes == [1, 5, 15, 60, 240, 720, 1440]


def test_signature_is_of_the_body() -> None:
    sent = dict(HEADERS(Sending("INVENTORY", "n", "d", 1, BODY, 0, (SECRET,))))

    assert sent["Webhooks-Signature"] == mac(BODY, SECRET)
