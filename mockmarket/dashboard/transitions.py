"""What can be done with an order: its vendor's actions as buttons, those that the vendor does not allow now with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from mockmarket.api.schemas import schema_of
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.forms import Button, Form
from mockmarket.errors import Refusal
from mockmarket.vendor import Action, OrderView, Vendor
from mockmarket.worlds.world import World


@dataclass(frozen=True, slots=True)
class Move:
    """One button: an action, the status that it chooses if it chooses one, what is sent along unseen and what is not asked for."""

    action: Action
    choice: str
    fixed: Mapping[str, Any]
    left_out: tuple[str, ...]
    button: Button = field(compare=False)

    def typed(self, data: MultiDict[str, str]) -> Form:
        """Return the button's form with what was typed in it."""
        return forms.filled(self.button.form, data)


def moves_of(world: World, vendor: Vendor, view: OrderView, id: str) -> list[Move]:
    """Return every button of an order, in the order of the vendor's actions; those that can be pressed first."""
    actions = [action for action in vendor.world.actions if view.named_by in names(action)]
    made = [move_of(world, vendor, view, id, action, choice) for action in actions for choice in choices(action, view)]
    return sorted(made, key=lambda move: move.button.why is not None)


def names(action: Action) -> list[str]:
    """Return the names of an action's fields as they are sent."""
    return [shape.data_key or name for name, shape in schema_of(action.body, "body").fields.items()]


def choices(action: Action, view: OrderView) -> tuple[str, ...]:
    """Return the statuses that an action chooses among, or one empty choice."""
    asked = next(
        (form_input for form_input in forms.inputs_of(schema_of(action.body, "body")) if form_input.name == view.moves),
        None,
    )
    return asked.choices if asked and asked.choices else ("",)


def move_of(world: World, vendor: Vendor, view: OrderView, id: str, action: Action, choice: str) -> Move:
    """Return one button with its form, and why it is off."""
    fixed = {view.named_by: id} | ({view.moves: choice} if choice else {})
    elsewhere = {name for status, some in view.only_with.items() if status != choice for name in some}
    left_out = tuple(sorted(elsewhere - set(view.only_with.get(choice, ())))) if choice else ()
    to = shell.url(
        "orders.act", vendor=vendor.name, id=id, action=action.name, **({"choice": choice} if choice else {})
    )
    label = choice.replace("_", " ") if choice else forms.label_of(action.name)
    form = forms.of(schema_of(action.body, "body"), fixed=fixed, leave_out=left_out)
    why, tone = reason(world, action, fixed), "danger" if view.statuses.get(choice) == "ended" else ""
    button = Button(f"→ {label}" if choice else label, f"{action.help} Done by the {action.who}.", to, form, why, tone)
    return Move(action, choice, fixed, left_out, button)


def reason(world: World, action: Action, fixed: Mapping[str, Any]) -> str | None:
    """Say why an action cannot be carried out now, in its vendor's words, or None."""
    try:
        return action.barred(world, dict(fixed)) if action.barred else None
    except Refusal as refusal:
        return refusal.message
