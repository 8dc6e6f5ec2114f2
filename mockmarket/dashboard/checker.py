"""The signature checker: compares what a receiver has with what was sent, on each attempt and as a page of its own."""

from collections.abc import Iterable
from typing import Annotated, TypedDict

from mockmarket.api.context import current
from mockmarket.control import deliveries as control
from mockmarket.dashboard import forms, shell
from mockmarket.errors import Conflict, NotFound
from mockmarket.records import Default, Description, Length, Range
from mockmarket.store import Record, endpoints
from mockmarket.webhooks.diagnosis import Claim, Facts, Finding, diagnose

LONGEST = 200_000
Secret = Annotated[str, Length(0, 4000), Default(""), Description("Of your receiver's configuration.")]
Signature = Annotated[str, Length(0, 4000), Default(""), Description("That your code computed, as it compares it.")]
SIGNED = Description("The text that your code signed: as your code logs it.")


class Attempted(TypedDict, total=False):
    """What a receiver has of an attempt; each is optional."""

    signature: Signature
    secret: Secret
    signed: Annotated[str, Length(0, LONGEST), Default(""), SIGNED]


class Received(TypedDict):
    """What a receiver has of any webhook."""

    vendor: str
    secret: Annotated[str, Length(1, 4000), Description("With which the sender signs.")]
    body: Annotated[str, Length(1, LONGEST), Description("As it came, byte for byte.")]
    stamp: Annotated[
        int, Range(0, 10**12), Default(0), Description("Epoch seconds, of the header that carries it; none: 0.")
    ]
    signature: Signature
    signed: Annotated[str, Length(0, LONGEST), Default(""), SIGNED]


LOOKS: dict[str, forms.Look] = {
    "signature": {"label": "Your signature"}, "secret": {"label": "Your secret"}, "signed": {"label": "What you signed", "kind": "long"},
}  # fmt: skip


def form_of(id: str, place: int) -> forms.Form:
    """Return the form that checks an attempt of a delivery."""
    to = shell.url("webhooks.judge", id=id, place=place)
    return forms.of(forms.schema_of(Attempted), to, "Check it", looks=LOOKS, prefix=f"check-{place}-")


def facts_of(row: Record, place: int) -> Facts | None:
    """Return what the checker compares with a receiver's signature; None where nothing signs."""
    attempt, endpoint = row["attempts_made"][place - 1], endpoints.get(current().read(), row["endpoint"])
    scheme = current().world.vendors[row["vendor"]].webhooks.headers.scheme
    if scheme is None or endpoint is None or not endpoint.secret:
        return None
    body = row["body"] if attempt["body"] is None else attempt["body"]
    earlier = tuple(secret for secret, _ in reversed(endpoint.old_secrets))
    return Facts(scheme, endpoint.secret, earlier, attempt["stamp"] if scheme.stamped else None, body)


def judge(id: str, place: int) -> shell.Response:
    """Compare what a receiver has with an attempt as it was sent."""
    row = control.get_or_404(current().read(), id)
    if not 1 <= place <= len(row["attempts_made"]):
        raise NotFound(f"This delivery has no attempt {place}.")
    facts = facts_of(row, place)
    if facts is None:
        raise Conflict("There is nothing to compare: the vendor does not sign, or the endpoint's secret was deleted.")
    return form_of(id, place).submit(lambda body: _answer(diagnose(facts, Claim(**body))))


def _answer(findings: Iterable[Finding]) -> shell.Response:
    return shell.answer("findings.html", findings=[*findings])


def _own_form() -> forms.Form:
    vendors = {
        vendor.name: vendor.title for vendor in current().world.vendors.values() if vendor.webhooks.headers.scheme
    }
    looks = {
        **LOOKS,
        "vendor": {"labels": vendors},
        "secret": {"label": "Secret"},
        "body": {"label": "Body", "kind": "long"},
    }
    return forms.of(
        forms.schema_of(Received, {"vendor": vendors}), shell.url("webhooks.check"), "Check it", looks=looks
    )


def checker() -> shell.Response:
    """Show the checker."""
    return shell.page("checker.html", title="Signature checker", form=_own_form())


def check() -> shell.Response:
    """Compute the signature of a webhook and compare it with a receiver's."""
    return _own_form().submit(_checked)


def _checked(body: Received) -> shell.Response:
    scheme = current().world.vendor(body["vendor"]).webhooks.headers.scheme
    if scheme is None:
        raise Conflict("This vendor does not sign.")
    raw = body["body"].replace("\r\n", "\n").encode("utf-8", "surrogatepass")
    facts = Facts(scheme, body["secret"], (), body["stamp"] or None, raw)
    expected = scheme.fill(str(body["stamp"]), [scheme.digest(facts.secret, facts.message)])
    claim = Claim("", body["signature"], body["signed"])
    return shell.answer("findings.html", findings=[*diagnose(facts, claim)], header=scheme.header, expected=expected)
