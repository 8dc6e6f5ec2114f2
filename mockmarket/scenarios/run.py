"""One run of a scenario: all steps at once, one at a time, or each when the world's clock reaches it."""

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from mockmarket.clock import LATEST, iso_s, monotonic
from mockmarket.errors import Conflict, Refusal
from mockmarket.matching.redaction import REDACTED, is_secret
from mockmarket.matching.regex import PatternError
from mockmarket.scenarios import variables
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.reading import Scenario, Step
from mockmarket.scenarios.steps.control import target
from mockmarket.scenarios.variables import FailedError
from mockmarket.seed import moments
from mockmarket.store import timers
from mockmarket.store.files import DataError
from mockmarket.store.timers import Timer

log = logging.getLogger("mockmarket.scenarios")

How = Literal["run", "step", "start"]
State = Literal["running", "waiting", "passed", "failed", "stopped"]
StepState = Literal["to do", "waiting", "running", "passed", "failed", "skipped"]

CORE = "core"
TIMER = "scenario"  # vendor and name of the timer for the next step of a run that follows the clock
SET_S = 1.0  # seconds to wait for the thread that has set the firing timer to release the run


@dataclass(slots=True)
class Progress:
    """The progress of one step: `title` has the values of its variables once it has begun; `at` is the world's time at which it
    began, `due` when it is to begin, both epoch ms."""

    step: Step
    title: str
    state: StepState = "to do"
    at: int | None = None
    due: int | None = None
    took_ms: float = 0.0
    said: str = ""


class Run:
    """A run of a scenario in one world. One thread performs a step at a time; others may read its state and stop it."""

    def __init__(self, id: str, scenario: Scenario, play: Play, how: How, wall_s: float) -> None:
        self.id, self.scenario, self.play = id, scenario, play
        self.how, self.wall_s = how, wall_s
        self.progress = [Progress(step, step.title) for step in scenario.steps]
        self.state: State = "waiting"
        self.stopped = ""
        self._epoch = play.world.epoch
        self._busy = threading.Lock()
        self._wakeup = threading.Event()
        play.over = self.is_over
        play.until = monotonic() + wall_s

    @property
    def active(self) -> bool:
        """Return whether the run has steps left."""
        return self.state in ("running", "waiting")

    @property
    def next(self) -> Progress | None:
        """The next step, or None."""
        return next((step for step in self.progress if step.state in ("to do", "waiting", "running")), None)

    @property
    def failure(self) -> Progress | None:
        """The step that failed, or None."""
        return next((step for step in self.progress if step.state == "failed"), None)

    def is_over(self) -> bool:
        """Return whether the run was stopped, its world was replaced, or the server is stopping."""
        return bool(self.stopped) or self.play.world.epoch != self._epoch or self.play.stage.stopping.is_set()

    def run(self) -> None:
        """Perform all remaining steps."""
        with self._busy:
            self.state = "running"
            while self.active and (progress := self.next):
                self._perform(progress)
            self._finish()

    def take_step(self) -> None:
        """Perform the next step; Conflict while a step is in progress."""
        if not self._busy.acquire(blocking=False):
            raise Conflict(f"A step of {self.id} is in progress.")
        try:
            self.play.until = monotonic() + self.wall_s
            if self.active and (progress := self.next):
                self.state = "running"
                self._perform(progress)
                self.state = "waiting" if self.state == "running" else self.state
            self._finish()
        finally:
            self._busy.release()

    @property
    def idle(self) -> bool:
        """Return whether the run makes no progress by itself: it is over, or waits for the clock or for a condition."""
        progress = self.next
        at_a_wait = progress is not None and progress.state == "running" and progress.step.kind.name == "wait"
        return self.state != "running" or at_a_wait

    def follow(self) -> None:
        """Perform, in a thread, every step whose time has come, and set the world's timer to the next one."""
        self.state = "running"
        threading.Thread(target=self._proceed, name=f"mockmarket-{self.id}", daemon=True).start()

    def timer_fired(self) -> None:
        """Continue, since the clock has reached a step: within a walk at once, else in a thread, as the caller serves other worlds."""
        if self.play.world.clock.walking:
            self._proceed()
        elif self.active:
            self.follow()

    def stop(self, reason: str) -> None:
        """Stop the run: at once, or when the current step checks."""
        if self.active and not self.stopped:
            self.stopped = reason
            self.play.world.changed.notify_change()
            if self._busy.acquire(blocking=False):
                try:
                    self._finish()
                finally:
                    self._busy.release()

    def _proceed(self) -> None:
        """Continue as far as the clock has come; when another thread performs a step, that thread continues instead."""
        self._wakeup.set()
        while self._wakeup.is_set() and self._busy.acquire(timeout=SET_S if self.state == "waiting" else 0):
            try:
                self._wakeup.clear()
                self._go_on()
            except Exception:  # no caller handles the error; the run's state has it
                log.exception("The scenario %s could not continue.", self.scenario.name)
                self.stop("The mock itself failed; its log has the details.")
            finally:
                self._finish()
                self._busy.release()

    def _go_on(self) -> None:
        """Perform each step whose time has come; the world's timer wakes the run when the clock reaches the next one."""
        while self.active and not self.is_over() and (progress := self.next):
            if progress.due is None:
                progress.due = self._moment(progress.step)
            if progress.due > self.play.world.clock.now():
                with self.play.world.atomic() as tx:
                    timers.set(tx, Timer(CORE, TIMER, self.id, progress.due))
                progress.state = self.state = "waiting"
                return
            self.state = "running"
            self.play.until = monotonic() + self.wall_s
            self._perform(progress)

    def _moment(self, step: Step) -> int:
        """Return when a step is to be performed while the run follows the clock: an advance ends when its time has passed."""
        now = self.play.world.clock.now()
        if step.at is not None:
            return moments.moment(step.at, self.play.started)
        if step.kind.name != "advance":
            return now
        moment = target(self.play, variables.fill(step.fields, self.play.known()))
        return min(moment, LATEST) if isinstance(moment, int) else now

    def _perform(self, progress: Progress) -> None:
        progress.state, progress.at = "running", self.play.world.clock.now()
        progress.title = self._title(progress.step)
        self.play.step = f"scenario {self.scenario.name}, step {progress.step.number}"
        began = monotonic()
        self.play.world.changed.notify_change()
        try:
            progress.said, progress.state = self._come_to(progress.step), "passed"
        except Exception as error:
            progress.said, progress.state = self._words(progress.step, error), "failed"
        progress.took_ms = (monotonic() - began) * 1000
        if progress.state == "failed":
            self.state = "failed"
        self.play.world.changed.notify_change()

    def _title(self, step: Step) -> str:
        """Return a step's title with its variables filled in, without secrets; as written while one of them is not known, as `${n}`."""
        known = self.play.known()
        try:
            return str(variables.fill(step.title, known | {name: REDACTED for name in known if is_secret(name)}))
        except (FailedError, variables.UnknownVariable):
            return step.title

    def _words(self, step: Step, error: Exception) -> str:
        match error:
            case FailedError() | variables.UnknownVariable() | PatternError():
                return str(error)
            case DataError():
                return "The world no longer exists."
            case Refusal():
                return error.message
        log.exception("Step %d of the scenario %s failed.", step.number, self.scenario.name)
        return f"The mock itself failed: {type(error).__name__}: {error}"

    def _come_to(self, step: Step) -> str:
        """Move the clock to a step's time, unless the run follows the clock, and perform the step."""
        if self.how == "start" and step.kind.name == "advance":
            return f"it is {iso_s(self.play.world.clock.now())}"
        if self.how != "start" and step.at is not None:
            moment = moments.moment(step.at, self.play.started)
            if moment > self.play.world.clock.now():
                self.play.advance(moment)
        return [self._do(step, number) for number in range(1, step.repeat + 1)][-1]

    def _do(self, step: Step, number: int) -> str:
        self.play.check()
        fields = variables.fill(step.fields, self.play.known(n=number)) if step.kind.fills else step.fields
        try:
            outcome: str = step.kind.perform(self.play, fields)
            if self.play.world.clock.frozen:
                self.play.settle()  # else the webhooks of one step would race those of the next
            return outcome
        except FailedError as error:
            words = f"Repetition {number} of {step.repeat}: {error}" if step.repeat > 1 else str(error)
            raise FailedError(words) from error

    def _finish(self) -> None:
        """End the run when no step is left or it is over: its receivers are closed, its state is kept."""
        if self.active and not self.is_over() and self.next:
            return
        if self.active:
            self.state = "passed" if not self.next else "stopped"
        if self.state == "failed" and self.is_over():
            self.state = "stopped"
        for step in self.progress:
            step.state = "skipped" if step.state in ("to do", "waiting") else step.state
        self.play.world.changed.notify_change()
        for receiver in self.play.receivers.values():
            receiver.close()
        if self.how == "start" and self.play.world.epoch == self._epoch:
            with suppress(DataError), self.play.world.atomic() as tx:
                timers.stop(tx, CORE, TIMER, self.id)
