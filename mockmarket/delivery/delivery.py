"""Deliveries: claims and signs due ones, or those that a request sends itself, and settles them by their answers. Sends nothing itself."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from mockmarket.clock import iso_ms, monotonic, wall_ms
from mockmarket.delivery.exchange import Post
from mockmarket.delivery.waiting import LOOK_UP_S
from mockmarket.faults.active import applying as faults
from mockmarket.store import Read, Tx, endpoints, ordering, outbox
from mockmarket.store.endpoints import Endpoint, unreachable
from mockmarket.store.outbox import Attempt, Claim
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.retry import Failure, Health, Verdict, recovered
from mockmarket.webhooks.signing import Sending
from mockmarket.webhooks.tampering import Outgoing, outgoing
from mockmarket.worlds.world import World

CLAIMED_AT_ONCE, SETTLED_AT_ONCE, MOST_AT_ONCE = 4, 4, 1_000_000
"""Deliveries that are claimed, and settled, before a transaction ends early for a write that awaits its turn; and where none may."""
HANDICAP_MS = 1_000
"""How long a due delivery to an endpoint whose last attempt failed lets those to other endpoints pass, where more are due than are
claimed at once."""
PATIENCE = 2
"""How many of its vendor's deadlines a request waits for its turn: that of the preceding notice and its own."""


@dataclass(frozen=True, slots=True)
class PreparedSend:
    """One claimed delivery in flight: what was signed and posted, when (world's and machine's ms), in which epoch of the world. `faults`
    names the applied faults. A `copy` is an additional POST: it is logged and has no effect on the delivery."""

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
    """The answer to one send, and when it arrived: `at` is the world's time, epoch ms."""

    send: PreparedSend
    answer: Answer
    at: int


def claim_due(world: World, owner: str, room: int, in_order: bool = False) -> Sequence[PreparedSend]:
    """Claim up to `room` due deliveries, within each endpoint's share, signed and ready to be posted. Deliveries whose endpoint was
    removed, disabled or muted are dropped instead; those unblocked by a drop, or by a fault that puts one off, are considered at once.
    Claims `in_order` precede every other due delivery, by due time and id: settled in turn, they log a moment's attempts in order."""
    ids = _pick(world, world.read(), room, in_order)
    if not ids:
        return []
    at_once = MOST_AT_ONCE if in_order else CLAIMED_AT_ONCE
    with world.store.atomic() as tx:
        sends = _prepare_all(world, tx, owner, ids, at_once)
        while not sends and (ids := _pick(world, tx, room, in_order)):
            sends = _prepare_all(world, tx, owner, ids, at_once)
        if tx.has_due_work:  # one was put off or dropped, in a turn that may look at nothing else
            tx.after_commit.append(partial(world.wake, world))
    return mark_in_flight(world, sends)


def _pick(world: World, read: Read, room: int, in_order: bool) -> list[int]:
    """Return the ids of due deliveries within each endpoint's share, earliest first; `in_order`, those that no other one precedes, or the
    first alone: a resend may have put a delivery behind one that waits for it."""
    due, others = [], ordering.first_blocked(read) if in_order else []
    shares = {endpoint: share(world, endpoint) for endpoint, at in ordering.first_due(read).items() if at <= read.now}
    for endpoint, left in shares.items():
        ready = ordering.due(read, endpoint, min(left, room) + in_order) if left > 0 else []
        if endpoint in world.failing and not in_order:
            ready = [(at + HANDICAP_MS, id) for at, id in ready]
        due += ready[:left]
        others += ready[left:]
    due = sorted(due)[:room]
    limit = max(due[0], min(others)) if due and others else None
    return [id for at, id in due if limit is None or (at, id) <= limit]


def share(world: World, endpoint: str) -> int:
    """Return how many more deliveries may be in flight to an endpoint: few when it did not answer the last time."""
    limits = world.config.limits
    most = limits.in_flight_per_silent_endpoint if endpoint in world.silent else limits.in_flight_per_endpoint
    return most - world.in_flight[endpoint]


def _prepare_all(
    world: World, tx: Tx, owner: str, ids: Sequence[int], at_once: int = MOST_AT_ONCE
) -> list[PreparedSend]:
    """Claim and prepare deliveries, so many at once; those that are left when a write awaits its turn stay unclaimed."""
    sends: list[PreparedSend] = []
    for start in range(0, len(ids), at_once):
        claims = outbox.claim(tx, owner, ids[start : start + at_once])
        sends += [send for claim in claims for send in prepare(world, tx, claim)]
        if sends and world.store.writer.is_awaited:
            break
    return sends


def claim_new(world: World, tx: Tx, owner: str) -> tuple[Sequence[PreparedSend], bool, bool]:
    """Claim those of a transaction's new deliveries that nothing precedes, within each endpoint's share, signed and ready to be posted.
    Those to endpoints whose last attempt failed are left to the ticker: no request, and no other endpoint, waits for them. Also returns
    whether one of them was kept back, by its endpoint or a fault, and whether one waits for a delivery in flight."""
    claimed: Counter[str] = Counter()
    sends: list[PreparedSend] = []
    kept_back = waits = False
    for claim in tx.enqueued.values():
        if claim.endpoint in world.failing:
            kept_back = True
        elif claimed[claim.endpoint] < share(world, claim.endpoint) and outbox.claim_new(tx, owner, claim.id):
            claimed[claim.endpoint] += 1
            try:
                prepared = prepare(world, tx, claim)
            except Exception:
                outbox.free(tx, [claim.id, *(send.claim.id for send in sends)])
                raise
            kept_back = kept_back or not prepared
            sends += prepared
        else:
            waits = True
    tx.after_rollback.append(lambda: unmark(world, sends))
    return mark_in_flight(world, sends), kept_back, waits


def mark_in_flight(world: World, sends: Sequence[PreparedSend]) -> Sequence[PreparedSend]:
    """Count sends as in flight until `settle_batch` uncounts them; sends of an earlier epoch are ignored in both."""
    with world.changed:
        for send in sends:
            if send.epoch == world.epoch:
                world.in_flight[send.claim.endpoint] += 1
    return sends


def prepare(world: World, tx: Tx, claim: Claim) -> list[PreparedSend]:
    """Prepare a claimed delivery and its copies for posting; returns none when the endpoint is barred or a fault keeps it back."""
    endpoint = endpoints.get(tx, claim.endpoint)
    bar = barred(tx, claim, endpoint)
    if bar or endpoint is None:
        _give_up(world, tx, claim, f"The endpoint {bar} when this was due.")
        faults.late(world.faults, claim)
        return []
    going = faults.on_due(world.faults, tx, claim)
    if going is None:
        return []
    wall_at = wall_ms()
    try:
        headers = world.vendors[claim.vendor].webhooks.headers
        out = outgoing(sending_of(world, claim, endpoint, tx.now, wall_at), headers)
    except ValueError as error:
        _give_up(world, tx, claim, f"The endpoint's own headers cannot be sent: {error}.")
        return []
    out, spoilt = faults.on_send(world.faults, claim, out)
    post = _post_of(world, endpoint, out)
    send = PreparedSend(claim, out.sending, post, tx.now, wall_at, world.epoch, going.faults + spoilt)
    return [send, *(replace(send, copy=True) for _ in range(going.copies))]


def _post_of(world: World, endpoint: Endpoint, out: Outgoing) -> Post:
    deadline_ms = world.vendors[endpoint.vendor].webhooks.deadline_ms(world.settings_of(endpoint.vendor))
    cap = world.config.limits.answer_kept
    destination = (world.name, endpoint.id)
    cert = endpoint.client_cert.encode()
    is_last = endpoint.id in world.failing
    return Post(endpoint.url, (*out.headers,), out.body, deadline_ms, cap, destination, is_last, world.sending, cert)


def _give_up(world: World, tx: Tx, claim: Claim, reason: str) -> None:
    if world.activity_log:
        tx.after_commit.append(partial(world.activity_log.dropped, world.name, [(claim, reason)]))
    if claim.resuming:
        outbox.abandon_resend(tx, claim.id, f"It was not sent again: {reason[:1].lower()}{reason[1:]}")
    else:
        outbox.settle(tx, claim.id, "dropped", None, reason)


def barred(tx: Tx, claim: Claim, endpoint: Endpoint | None) -> str | None:
    """Return why an endpoint may not be sent to, or None. Manual sends go to a muted or disabled endpoint too."""
    reason = unreachable(tx, claim.vendor, endpoint)
    if reason or endpoint is None:
        return reason
    by_hand = claim.resuming is not None or claim.why in ("test", "trigger")
    state = endpoint.state(tx.now)
    return None if state == "active" or by_hand else f"was {state}"


def sending_of(world: World, claim: Claim, endpoint: Endpoint, at: int, wall_at: int) -> Sending:
    """Return the input of a signature scheme, stamped with the machine's time or, by setting, the world's."""
    stamp = (at if world.settings_of("core")["signature_time"] == "world" else wall_at) // 1000
    ids, secrets = (claim.type, claim.notice_uid, claim.uid), secrets_of(world, endpoint, at)
    return Sending(*ids, claim.attempt, claim.body, stamp, secrets, endpoint.own_headers)


def secrets_of(world: World, endpoint: Endpoint, at: int) -> tuple[str, ...]:
    """Return the secrets that sign what an endpoint gets at a moment: only the current one unless its vendor's settings give a grace."""
    grace = world.settings_of(endpoint.vendor).get("rotation_grace_s", 0)
    return endpoint.secrets_at(at) if grace else (endpoint.secret,)


def settle_batch(world: World, outcomes: Sequence[Outcome]) -> list[bool]:
    """Settle the first sends by their answers in one transaction: state, retry, the endpoint's health, the attempt log. Returns for
    each settled send whether it was delivered; it ends early for a write that awaits its turn. Sends of an earlier epoch, before a reset
    or a restore, are ignored."""
    verdicts: list[bool] = []
    with world.store.atomic() as tx:
        first, causes = outbox.newest_notice(tx), dict[str, str]()
        for outcome in outcomes:
            changed = len(tx.changed_records)
            verdicts.append(outcome.send.epoch == world.epoch and settle(world, tx, outcome))
            if len(tx.changed_records) > changed:
                causes[outcome.send.claim.uid] = outcome.send.claim.vendor
            if len(verdicts) % SETTLED_AT_ONCE == 0 and world.store.writer.is_awaited:
                break
        if causes:
            world.journal_deed(tx, "answer", "/" + ", ".join(causes), next(iter(causes.values())), first)
        if tx.has_due_work or tx.enqueued:
            tx.after_commit.append(partial(world.wake, world))
    outcomes = outcomes[: len(verdicts)]
    with world.changed:
        for outcome, delivered in zip(outcomes, verdicts, strict=True):
            if outcome.send.epoch == world.epoch:
                endpoint, silent = outcome.send.claim.endpoint, outcome.answer.error == "timeout"
                (world.silent.add if silent else world.silent.discard)(endpoint)
                (world.failing.discard if delivered else world.failing.add)(endpoint)
    unmark(world, [outcome.send for outcome in outcomes])
    return verdicts


def unmark(world: World, sends: Iterable[PreparedSend]) -> None:
    """Uncount sends that were in flight; wakes waits for an idle world."""
    with world.changed:
        for send in sends:
            if send.epoch == world.epoch:
                endpoint = send.claim.endpoint
                world.in_flight[endpoint] -= 1
                if world.in_flight[endpoint] <= 0:
                    del world.in_flight[endpoint]
        world.changed.notify_all()


def settle(world: World, tx: Tx, outcome: Outcome) -> bool:
    """Judge one answer and store its consequences; returns whether it was delivered."""
    send, answer, claim = outcome.send, outcome.answer, outcome.send.claim
    tx.batch = f"delivery {claim.id}"  # consequences of one answer do not wait for those of another
    vendor = world.vendors[claim.vendor]
    endpoint = endpoints.get(tx, claim.endpoint)
    if answer.error == "stopped":
        outbox.free(tx, [] if send.copy else [claim.id])
        return False
    problem = vendor.webhooks.accepts(world.settings_of(vendor.name))(answer)
    if send.copy:
        log(world, tx, send, _attempt_of_copy(send, answer, problem))
        return problem is None
    verdict = judge(world, outcome, endpoint, problem)
    if send.faults:
        verdict = replace(verdict, reason=_with_faults(verdict.reason, send.faults))
    outbox.settle(tx, claim.id, verdict.state, verdict.next_at, verdict.reason)
    if endpoint:
        if verdict.health != endpoint.health:
            endpoints.update_health(tx, endpoint.id, verdict.health, verdict.reason)
        if verdict.health.mutes > endpoint.mutes:
            vendor.webhooks.mute_notice(tx, endpoint)
        if claim.why != "trigger" and (remark := vendor.webhooks.answered(tx, endpoint, claim, answer)):
            verdict = replace(verdict, reason=f"{verdict.reason} {remark}")
            outbox.settle(tx, claim.id, verdict.state, verdict.next_at, verdict.reason)
    again_in_ms = None if verdict.next_at is None else verdict.next_at - outcome.at
    log(world, tx, send, attempt_of(send, answer, verdict, problem is None), again_in_ms)
    faults.passed(world.faults, tx, claim)
    return problem is None


def log(world: World, tx: Tx, send: PreparedSend, attempt: Attempt, again_in_ms: int | None = None) -> None:
    """Store an attempt; write it to the activity log and to the recording after the commit."""
    outbox.log(tx, attempt)
    if world.activity_log:
        tx.after_commit.append(partial(world.activity_log.attempted, world.name, send.claim, attempt, again_in_ms))
    if world.recording:
        tx.after_commit.append(partial(world.recording.attempted, world.name, send.claim, attempt))


def _with_faults(reason: str, faults: Sequence[str]) -> str:
    return f"{reason} (fault: {', '.join(faults)})" if faults else reason


def judge(world: World, outcome: Outcome, endpoint: Endpoint | None, problem: str | None) -> Verdict:
    """Return the verdict on an answer: by the vendor's retry rule for a failed automatic send; a failed manual send has no consequences. A
    success resets the endpoint's health. A test leaves it, except that it re-enables a disabled endpoint where the vendor allows it."""
    send, claim = outcome.send, outcome.send.claim
    webhooks, health = world.vendors[claim.vendor].webhooks, endpoint.health if endpoint else Health()
    if problem is None:
        revived = Health() if health.disabled and webhooks.test_recovers else health
        return Verdict("delivered", None, revived if claim.why == "test" else recovered(health), "Delivered.")
    if claim.resuming:
        state, due, _ = claim.resuming
        then = f"It goes on as before: {state}" if due is None else f"The next automatic attempt stays at {iso_ms(due)}"
        return Verdict(state, due, health, f"The resend failed: {problem}. {then}.")  # type: ignore[arg-type]
    if claim.why == "test":
        return Verdict("failed", None, health, f"The test failed: {problem}.")
    number, answer = claim.attempt - claim.resends, outcome.answer
    rule = webhooks.retry(world.settings_of(claim.vendor))
    verdict = rule(Failure(number, outcome.at, answer.status, answer.error, health, send.at))
    return replace(verdict, reason=f"{sentence(problem)} {sentence(verdict.reason)}")


def sentence(words: str) -> str:
    """Return words as a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def attempt_of(send: PreparedSend, answer: Answer, verdict: Verdict, accepted: bool) -> Attempt:
    """Return the log entry of a finished send; a failed resend is logged as failed, whatever state the delivery returns to."""
    claim, post = send.claim, send.post
    return Attempt(
        claim.id,
        claim.attempt,
        "resend" if claim.resuming else claim.why,
        send.at,
        send.wall_at,
        send.sending.stamp,
        post.url,
        post.headers,
        *(answer.status, answer.headers, answer.body, answer.truncated, answer.error, answer.elapsed_ms),
        verdict.state if accepted or not claim.resuming else "failed",
        verdict.reason,
        ", ".join(send.faults) or None,
        None if post.body == claim.body else post.body,
    )


def _attempt_of_copy(send: PreparedSend, answer: Answer, problem: str | None) -> Attempt:
    outcome = "Delivered" if problem is None else sentence(problem).rstrip(".")
    reason = _with_faults(f"{outcome}; a copy, nothing follows from it.", send.faults)
    verdict = Verdict("delivered" if problem is None else "failed", None, Health(), reason)
    return replace(attempt_of(send, answer, verdict, accepted=True), why="copy")


@dataclass(frozen=True, slots=True)
class InlineClaim:
    """Deliveries that a request sends itself, and those it waits for, up to `patience_s` real seconds, while the ticker sends them."""

    sends: Sequence[PreparedSend]
    queued: Sequence[int]
    patience_s: float
    epoch: int


def claim_inline(world: World, tx: Tx, owner: str, ids: Sequence[int]) -> InlineClaim:
    """Claim those of these deliveries that are not blocked, within the transaction that created them. A delivery to an endpoint that did
    not answer and has its share in flight is left to the ticker and not waited for, unless it is a test, which a caller requested."""
    silent = (claim for claim in outbox.claimed(tx, ids) if claim.endpoint in world.silent and claim.why != "test")
    left = {claim.id for claim in silent if share(world, claim.endpoint) <= 0}
    wanted = [id for id in ids if id not in left]
    sends = _prepare_all(world, tx, owner, wanted)
    queued = ordering.blocked(tx, wanted)
    vendors = {world.vendors[claim.vendor] for claim in outbox.claimed(tx, queued)}
    deadlines = (vendor.webhooks.deadline_ms(world.settings_of(vendor.name)) / 1000 for vendor in vendors)
    return InlineClaim(sends, queued, PATIENCE * max(deadlines, default=0.0), world.epoch)


def await_turn(world: World, claim: InlineClaim, stopping: Callable[[], bool]) -> list[bool]:
    """Wait until the ticker has made the first attempt of each queued delivery; returns for each whether it was delivered. A delivery still
    untried at the time limit, after a change of the world's epoch, or when the process stops counts as not delivered."""
    end = monotonic() + claim.patience_s
    over: dict[int, str] = {}
    while len(over) < len(claim.queued):
        generation = world.changed.generation
        over = ordering.tried(world.read(), claim.queued)
        left = end - monotonic()
        if left <= 0 or world.epoch != claim.epoch or stopping():
            break
        if len(over) < len(claim.queued):
            world.changed.wait_changed(generation, min(left, LOOK_UP_S))
    return [world.epoch == claim.epoch and over.get(id) == "delivered" for id in claim.queued]
