"""Deliveries: claim what is due, sign it, and once it has been sent, judge the answer and settle. Sends nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mockmarket.clock import iso_ms, wall_ms
from mockmarket.delivery.sender import Post
from mockmarket.faults.active import deliveries as faults
from mockmarket.store import Read, Tx, endpoints, ordering, outbox
from mockmarket.store.endpoints import Endpoint, unreachable
from mockmarket.store.outbox import Attempt, Claim
from mockmarket.vendor import Vendor
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.retry import Failure, Health, Verdict, recovered
from mockmarket.webhooks.signing import Sending
from mockmarket.webhooks.tampering import Outgoing, made
from mockmarket.worlds.world import World


@dataclass(frozen=True, slots=True)
class PreparedSend:
    """One claimed delivery on its way: what was signed and posted, when (world's and machine's ms), in which epoch of the world.

    `faults` names what was spoilt on purpose. A `copy` goes beside the one that counts: it is logged, and decides nothing.
    """

    claim: Claim
    sending: Sending
    post: Post
    at: int
    wall_at: int
    epoch: int
    faults: tuple[str, ...] = ()
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one send, and when that was known: `at` is the world's time, epoch ms."""

    send: PreparedSend
    answer: Answer
    at: int


def claim_due(world: World, owner: str, room: int) -> Sequence[PreparedSend]:
    """Claim up to `room` deliveries that are due, none beyond its endpoint's share, each signed anew and ready to be posted.

    Those whose endpoint is gone, disabled or muted by now are dropped instead; what was behind one that is dropped, or put off
    by a fault, is looked at at once.
    """
    ids = pick_fairly(world, world.read(), room)
    if not ids:
        return []
    with world.store.atomic() as tx:
        sends = prepare_all(world, tx, owner, ids)
        while not sends and (ids := pick_fairly(world, tx, room)):
            sends = prepare_all(world, tx, owner, ids)
    return mark_in_flight(world, sends)


def pick_fairly(world: World, read: Read, room: int) -> list[int]:
    """Choose which due deliveries leave: in their order, but to no endpoint more than its share in flight."""
    shares = {endpoint: share(world, endpoint) for endpoint, due in ordering.first_due(read).items() if due <= read.now}
    due = [
        pair for endpoint, left in shares.items() if left > 0 for pair in ordering.due(read, endpoint, min(left, room))
    ]
    return [id for _, id in sorted(due)[:room]]


def share(world: World, endpoint: str) -> int:
    """Return how many more deliveries may be on their way to an endpoint: few to one that did not answer the last time."""
    limits = world.config.limits
    most = limits.in_flight_per_silent_endpoint if endpoint in world.silent else limits.in_flight_per_endpoint
    return most - world.in_flight[endpoint]


def prepare_all(world: World, tx: Tx, owner: str, ids: Sequence[int]) -> list[PreparedSend]:
    """Claim these deliveries, each signed anew and ready to be posted once the transaction is committed."""
    return [send for claim in outbox.claim(tx, owner, ids) for send in prepare(world, tx, claim)]


def mark_in_flight(world: World, sends: Sequence[PreparedSend]) -> Sequence[PreparedSend]:
    """Count sends as on their way, until `settle_batch` counts them as down; those of an earlier epoch are forgotten there too."""
    with world.landed:
        for send in sends:
            if send.epoch == world.epoch:
                world.in_flight[send.claim.endpoint] += 1
    return sends


def prepare(world: World, tx: Tx, claim: Claim) -> list[PreparedSend]:
    """Make a claimed delivery ready for posting, with its copies, or drop it when its endpoint may not be sent to.

    What a fault loses or puts off does not leave either.
    """
    endpoint = endpoints.get(tx, claim.endpoint)
    bar = barred(tx, claim, endpoint)
    if bar or endpoint is None:
        give_up(tx, claim, f"The endpoint {bar} when this was due.")
        faults.late(world.faults, claim)
        return []
    going = faults.on_due(world.faults, tx, claim)
    if going is None:
        return []
    vendor = world.vendors[claim.vendor]
    wall_at = wall_ms()
    try:
        out = made(sending_of(world, claim, endpoint, tx.now, wall_at), vendor.webhooks.headers)
    except ValueError as error:
        give_up(tx, claim, f"The endpoint's own headers cannot be sent: {error}.")
        return []
    out, spoilt = faults.on_send(world.faults, claim, out)
    send = PreparedSend(
        claim, out.sending, post_of(world, vendor, endpoint, out), tx.now, wall_at, world.epoch, going.faults + spoilt
    )
    return [send, *[replace(send, copy=True)] * going.copies]


def post_of(world: World, vendor: Vendor, endpoint: Endpoint, out: Outgoing) -> Post:
    """Return the POST of an attempt: exactly its headers and body, within the vendor's deadline."""
    deadline_ms = vendor.webhooks.deadline_ms(world.settings_of(vendor.name))
    cap = world.config.limits.answer_kept
    return Post(endpoint.url, (*out.headers,), out.body, deadline_ms, cap, (world.name, endpoint.id), world.sending)


def give_up(tx: Tx, claim: Claim, reason: str) -> None:
    """Drop what cannot be sent; what was to be sent again stays what it was."""
    if claim.resuming:
        outbox.abandon_resend(tx, claim.id, f"It was not sent again: {reason[:1].lower()}{reason[1:]}")
    else:
        outbox.settle(tx, claim.id, "dropped", None, reason)


def barred(tx: Tx, claim: Claim, endpoint: Endpoint | None) -> str | None:
    """Say why an endpoint may not be sent to, or None. What is sent by hand goes to one that is muted or disabled too."""
    reason = unreachable(tx, claim.vendor, endpoint)
    if reason or endpoint is None:
        return reason
    by_hand = claim.resuming is not None or claim.why in ("test", "trigger")
    state = endpoint.state(tx.now)
    return None if state == "active" or by_hand else f"was {state}"


def sending_of(world: World, claim: Claim, endpoint: Endpoint, at: int, wall_at: int) -> Sending:
    """Return what a signature scheme may look at, stamped with the machine's time or, by setting, the world's."""
    stamp = at if world.settings_of("core")["signature_time"] == "world" else wall_at
    return Sending(
        type=claim.type,
        notice_id=claim.notice_uid,
        delivery_id=claim.uid,
        attempt=claim.attempt,
        body=claim.body,
        stamp=stamp // 1000,
        secrets=secrets_of(world, endpoint, at),
        stored_headers=endpoint.own_headers,
    )


def secrets_of(world: World, endpoint: Endpoint, at: int) -> tuple[str, ...]:
    """Return the secrets that sign what an endpoint gets at a moment: the current one alone unless its vendor's settings give a grace."""
    grace = world.settings_of(endpoint.vendor).get("rotation_grace_s", 0)
    return endpoint.secrets_at(at) if grace else (endpoint.secret,)


def settle_batch(world: World, outcomes: Sequence[Outcome]) -> list[bool]:
    """Settle sends by what came back: state, retry, the endpoint's health, the attempt log, all in one transaction.

    Returns for each whether it was delivered. Flights of an earlier epoch, before a reset or a restore, are forgotten.
    """
    with world.store.atomic() as tx:
        verdicts = [outcome.send.epoch == world.epoch and settle(world, tx, outcome) for outcome in outcomes]
    unmark(world, outcomes)
    return verdicts


def unmark(world: World, outcomes: Iterable[Outcome]) -> None:
    """Count sends as down and note whose receivers were silent; tell those who wait until nothing of the world is in flight."""
    with world.landed:
        for outcome in outcomes:
            if outcome.send.epoch == world.epoch:
                endpoint = outcome.send.claim.endpoint
                world.in_flight[endpoint] -= 1
                if world.in_flight[endpoint] <= 0:
                    del world.in_flight[endpoint]
                (world.silent.add if outcome.answer.error == "timeout" else world.silent.discard)(endpoint)
        world.landed.notify_all()


def settle(world: World, tx: Tx, outcome: Outcome) -> bool:
    """Judge one answer and write down everything that follows from it; returns whether it was delivered."""
    send, answer, claim = outcome.send, outcome.answer, outcome.send.claim
    tx.batch = f"delivery {claim.id}"  # what follows from one answer waits for nothing that follows from another
    vendor = world.vendors[claim.vendor]
    endpoint = endpoints.get(tx, claim.endpoint)
    if answer.error == "stopped":
        outbox.free(tx, [] if send.copy else [claim.id])
        return False
    problem = vendor.webhooks.accepts(world.settings_of(vendor.name))(answer)
    if send.copy:
        outbox.log(tx, attempt_of_copy(send, answer, problem))
        return problem is None
    verdict = (
        delivered(vendor, claim, endpoint) if problem is None else failed(world, vendor, outcome, endpoint, problem)
    )
    verdict = replace(verdict, reason=with_faults(verdict.reason, send.faults))
    outbox.settle(tx, claim.id, verdict.state, verdict.next_at, verdict.reason)
    outbox.log(tx, attempt_of(send, answer, verdict, problem is None))
    if endpoint:
        update_health(tx, vendor, endpoint, verdict)
        vendor.webhooks.answered(tx, endpoint, claim, answer)
    faults.passed(world.faults, tx, claim)
    return problem is None


def with_faults(reason: str, faults: Sequence[str]) -> str:
    """Return the reason of a verdict with what was spoilt on purpose."""
    return f"{reason} (fault: {', '.join(faults)})" if faults else reason


def delivered(vendor: Vendor, claim: Claim, endpoint: Endpoint | None) -> Verdict:
    """Return the verdict on an accepted delivery: its endpoint is well again.

    A test counts neither way; at most it makes a disabled endpoint active, where its vendor lets it.
    """
    health = endpoint.health if endpoint else Health()
    if claim.why == "test":
        revived = Health() if health.disabled and vendor.webhooks.test_recovers else health
        return Verdict("delivered", None, revived, "Delivered.")
    well = recovered(health)
    return Verdict("delivered", None, well, "Delivered.")


def failed(world: World, vendor: Vendor, outcome: Outcome, endpoint: Endpoint | None, problem: str) -> Verdict:
    """Return the verdict on a failure: the vendor's rule for what it sends by itself; nothing counts that was sent by hand."""
    send, answer, claim = outcome.send, outcome.answer, outcome.send.claim
    health = endpoint.health if endpoint else Health()
    if claim.resuming:
        state, due, _ = claim.resuming
        after = (
            f" It goes on as before: {state}."
            if due is None
            else f" The next automatic attempt stays at {iso_ms(due)}."
        )
        return Verdict(state, due, health, f"The resend failed: {problem}.{after}")  # type: ignore[arg-type]
    if claim.why == "test":
        return Verdict("failed", None, health, f"The test failed: {problem}.")
    rule = vendor.webhooks.retry(world.settings_of(vendor.name))
    number = claim.attempt - claim.resends
    verdict = rule(Failure(number, outcome.at, answer.status, answer.error, health, send.at))
    return Verdict(verdict.state, verdict.next_at, verdict.health, f"{sentence(problem)} {sentence(verdict.reason)}")


def sentence(words: str) -> str:
    """Write words as a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def update_health(tx: Tx, vendor: Vendor, endpoint: Endpoint, verdict: Verdict) -> None:
    """Store the endpoint's health if it changed, and let the vendor tell its owner of a mute."""
    if verdict.health == endpoint.health:
        return
    endpoints.update_health(tx, endpoint.id, verdict.health, verdict.reason)
    if verdict.health.mutes > endpoint.mutes:
        vendor.webhooks.mute_notice(tx, endpoint)


def attempt_of(send: PreparedSend, answer: Answer, verdict: Verdict, accepted: bool) -> Attempt:
    """Return the log line of a send that has landed; a resend that failed says so, whatever the delivery goes back to."""
    claim = send.claim
    return Attempt(
        delivery=claim.id,
        number=claim.attempt,
        why="resend" if claim.resuming else claim.why,
        at=send.at,
        wall_at=send.wall_at,
        stamp=send.sending.stamp,
        url=send.post.url,
        request_headers=send.post.headers,
        answer=answer,
        verdict=verdict.state if accepted or not claim.resuming else "failed",
        reason=verdict.reason,
        fault=", ".join(send.faults) or None,
        body=None if send.post.body == claim.body else send.post.body,
    )


def attempt_of_copy(send: PreparedSend, answer: Answer, problem: str | None) -> Attempt:
    """Return the log line of a copy: what became of it, and that nothing follows from it."""
    outcome = "Delivered" if problem is None else sentence(problem).rstrip(".")
    reason = with_faults(f"{outcome}; a copy, nothing follows from it.", send.faults)
    verdict = Verdict("delivered" if problem is None else "failed", None, Health(), reason)
    return replace(attempt_of(send, answer, verdict, accepted=True), why="copy")
