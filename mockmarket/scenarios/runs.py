"""The runs of a world: one at a time, the newest kept. Starts runs in the state that their scenario requires."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from mockmarket.clock import Setting
from mockmarket.config import Config
from mockmarket.errors import Conflict, Invalid, NotFound, UnknownWorld
from mockmarket.scenarios.play import Play, Stage
from mockmarket.scenarios.reading import Scenario, Start
from mockmarket.scenarios.receiver import Receiver
from mockmarket.scenarios.run import TIMER, How, Run
from mockmarket.scenarios.steps.failures import answers_of
from mockmarket.store.origin import origin_of
from mockmarket.store.timers import Timer
from mockmarket.webhooks import targets
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World

MOST_KEPT = 20
NAMING = threading.Lock()


class Runs:
    """The runs of one world: the current one, and the newest finished ones. The world calls it for its timers and at its end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: deque[Run] = deque(maxlen=MOST_KEPT)
        self.numbers = count(1)
        self._beginning = threading.Lock()

    @property
    def current(self) -> Run | None:
        """The current run, or None."""
        return next((run for run in self.runs if run.active), None)

    def get(self, id: str) -> Run:
        """Return a run; NotFound lists the kept ones."""
        for run in self.runs:
            if run.id == id:
                return run
        ids = ", ".join(run.id for run in self.runs) or "none"
        raise NotFound(f"There is no run {id!r} in the world {self.world.name}; there are {ids}.")

    def check_free(self) -> None:
        """Raise Conflict, naming the current run, if there is one."""
        if run := self.current:
            done = sum(step.state == "passed" for step in run.progress)
            name, steps = run.scenario.name, f"{done} of {len(run.progress)} steps are done"
            words = f"The scenario {name} ({run.id}) is running in the world {self.world.name}: {steps}."
            hint = f'Wait for it, stop it with DELETE scenarios/{name}/runs/{run.id}, or run in {{"world": "new"}}.'
            raise Conflict(words, hint=hint)

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Exclude other runs while one starts; Conflict if another is starting."""
        if not self._beginning.acquire(blocking=False):
            raise Conflict(f"Another scenario is starting in the world {self.world.name}.")
        try:
            self.check_free()
            yield
        finally:
            self._beginning.release()

    def timer_fired(self, timer: Timer) -> None:
        """Continue the run that set the timer; a timer of an earlier process, or of a stopped run, is ignored."""
        for run in self.runs:
            if timer.name == TIMER and run.id == timer.record and run.active:
                run.timer_fired()

    def close(self, reason: str) -> None:
        """Stop the current run: its world is reset, replaced or dropped."""
        if run := self.current:
            run.stop(reason)


def of(world: World) -> Runs:
    """Return the runs of a world."""
    runs = world.scenario()
    if not isinstance(runs, Runs):
        raise TypeError(f"{runs!r} runs the scenarios of the world {world.name}.")
    return runs


def begin(stage: Stage, world: World, scenario: Scenario, how: How, wall_s: float) -> Run:
    """Reset a world to a scenario's start and return its run, before the first step. Conflict when a scenario is running there, or when
    webhooks may not go to the run's receivers; Invalid for a scenario that cannot follow the clock. Then nothing is changed."""
    _check_possible(world.config, scenario, how)
    with of(world).beginning():
        put_to_start(stage.worlds, world, scenario.start)
        play = Play(world, stage, world.clock.now(), lambda: False, 0.0, dict(scenario.variables))
        run = Run(f"run-{next(of(world).numbers)}", scenario, play, how, wall_s)
        play.receivers = {name: opened(name, shape["answer"], world) for name, shape in scenario.receivers.items()}
        of(world).runs.append(run)
    return run


def _check_possible(config: Config, scenario: Scenario, how: How) -> None:
    quiet = next((step for step in scenario.steps if step.kind.name == "advance" and "until" in step.fields), None)
    if how == "start" and quiet is not None:
        raise Invalid(
            f"Step {quiet.number} advances until {quiet.fields['until']}, which a run along the clock does not support.",
            hint="Use run or step, or give the step a duration.",
        )
    policy = targets.Policy(allow_private=config.allow_private_targets)
    if refusal := targets.refusal(policy, "127.0.0.1") if scenario.receivers else None:
        raise Conflict(
            f"The receivers of {scenario.name} are on this machine's loopback, where webhooks may not go: {refusal}.",
            hint="Start the server with --private-targets, or bind it to 127.0.0.1.",
        )


def put_to_start(worlds: Worlds, world: World, start: Start) -> None:
    """Reset a world to a scenario's fixture, clock and settings; a later reset still returns to the world's own origin."""
    origin = origin_of(world.store.meta())
    worlds.put(world.name, start["fixture"], start["now"], start["seed"])
    with world.engine:
        world.store.put_meta(**origin.meta)
        meta = world.store.meta()
        if start["frozen"] and meta["given_start"] is not None:
            world.clock.reset(Setting(frozen_at=int(meta["start"])))
        elif start["frozen"]:
            world.clock.freeze()
        else:
            world.clock.run()
        world.store.keep_clock()
    world.change_settings(start["settings"])
    world.wake(world)


def opened(name: str, answer: object, world: World) -> Receiver:
    """Return a receiver that listens, or refuses, and wakes the world's waits for each webhook."""
    receiver = Receiver(name, came=world.changed.notify_change)
    receiver.open()
    receiver.answer_with(answers_of(answer))
    return receiver


def begin_in_new(stage: Stage, scenario: Scenario, how: How, wall_s: float) -> Run:
    """Create a world for one run, named after the scenario, and return its run as `begin` does; a refused run leaves no world."""
    _check_possible(stage.worlds.config, scenario, how)
    start, numbered = scenario.start, (f"{scenario.name[:50]}-{number}" for number in count(1))
    with NAMING:
        names = set(stage.worlds.names())
        name = next(name for name in numbered if name not in names)
        world = stage.worlds.put(name, start["fixture"], start["now"], start["seed"])[0]
    try:
        return begin(stage, world, scenario, how, wall_s)
    except BaseException:
        with suppress(UnknownWorld):
            stage.worlds.drop(world.name)
        raise
