"""What can be done with an order: its vendor's actions as buttons, those that the vendor does not allow now with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockmarket.api.schemas import schema_of
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.forms import Button
from mockmarket.errors import Refusal
from mockmarket.vendor import Action, OrderView, Vendor
from mockmarket.worlds.world import World


@dataclass(frozen=True, slots=True)
class Transition:
    """An action on an order, the status that it chooses if it chooses one, and the button for it."""

    action: Action
    choice: str
    button: Button


def transitions_of(world: World, vendor: Vendor, view: OrderView, id: str) -> list[Transition]:
    """Return what there is to be done with an order, in the order of the vendor's actions; what can be done now first."""
    transitions = [
        Transition(action, choice, button(world, vendor, view, {view.named_by: id}, action, choice))
        for action in vendor.world.actions
        if view.named_by in (inputs := {one.name: one for one in forms.inputs_of(schema_of(action.body, "body"))})
        for choice in (inputs[view.moves].choices if view.moves in inputs else ()) or ("",)
    ]
    return sorted(transitions, key=lambda transition: transition.button.why is not None)


def button(
    world: World, vendor: Vendor, view: OrderView, order: Mapping[str, str], action: Action, choice: str
) -> Button:
    """Return the button of an action on an order, off where the vendor does not allow it now."""
    label, fixed, address, left_out = forms.label_of(action.name), order, {}, set[str]()
    if choice:
        label, fixed, address = f"→ {choice.replace('_', ' ')}", {**order, view.moves: choice}, {"choice": choice}
        left_out = {name for names in view.only_with.values() for name in names} - {*view.only_with.get(choice, ())}
    form = forms.of(
        schema_of(action.body, "body"),
        fixed=fixed,
        leave_out=left_out,
        to=shell.url("orders.act", vendor=vendor.name, id=order[view.named_by], action=action.name, **address),
        label=label,
        tone="danger" if view.statuses.get(choice) == "ended" else "",
        prefix="again-",
        template="order_form.html",
    )
    return Button(form, f"{action.help} Done by the {action.who}.", reason(world, action, fixed))


def reason(world: World, action: Action, fixed: Mapping[str, str]) -> str | None:
    """Say why an action cannot be carried out now, in its vendor's words, or None."""
    try:
        return action.barred(world, dict(fixed)) if action.barred else None
    except Refusal as refusal:
        return refusal.message
