"""The forms and links of a page, as a browser without scripts reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Values = list[tuple[str, str]]


@dataclass
class Form:
    """A form: where it is sent and how, what it is filled in with, and its buttons, each with its address and what it adds."""

    action: str
    method: str
    uploads: bool
    values: Values = field(default_factory=list)
    buttons: list[tuple[str, Values]] = field(default_factory=list)

    @property
    def ways(self) -> list[tuple[str, Values]]:
        """Each button's address and values; those of the key Enter where the form has no button."""
        return [(action, self.values + own) for action, own in self.buttons or [(self.action, [])]]


class Reader(HTMLParser):
    """Reads a page's `forms` and the addresses of its `links`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._by_id: dict[str | None, Form] = {}
        self._open: Form | None = None
        self._list: tuple[Form, str] | None = None
        self._options: list[tuple[str, bool]] = []
        self._text: Form | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        """Begin a form, or take a link or a control."""
        own = dict(pairs)
        if tag == "a":
            self.links.append(own.get("href") or "")
        if tag == "form":
            is_upload = own.get("enctype") == "multipart/form-data"
            self._open = self._by_id[own.get("id")] = Form(
                own.get("action") or "", own.get("method") or "get", is_upload
            )
            if self._open.method != "dialog":
                self.forms.append(self._open)
        form = self._by_id.get(own["form"]) if "form" in own else self._open
        if form is not None and "disabled" not in own:
            self._control(form, tag, own)

    def _control(self, form: Form, tag: str, own: dict[str, str | None]) -> None:
        kind, value = own.get("type"), own.get("value") or ""
        value_named = [(name, value)] if (name := own.get("name")) else []
        match tag:
            case "button" if kind in (None, "submit"):
                form.buttons.append((own.get("formaction") or form.action, value_named))
            case "input" if kind != "file" and (kind not in ("checkbox", "radio") or "checked" in own):
                form.values += value_named
            case "textarea":
                form.values += value_named
                self._text = form
            case "select":
                self._list, self._options = (form, name or ""), []
            case "option":
                self._options.append((value, "selected" in own))

    def handle_data(self, data: str) -> None:
        """Fill in a text of several lines."""
        if self._text:
            name, before = self._text.values[-1]
            self._text.values[-1] = name, before + data

    def handle_endtag(self, tag: str) -> None:
        """End a form, or a control with content."""
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._text = None
        elif tag == "select" and self._list:
            form, name = self._list
            chosen = [value for value, selected in self._options if selected] or [value for value, _ in self._options]
            form.values += [(name, value) for value in chosen[:1]]
