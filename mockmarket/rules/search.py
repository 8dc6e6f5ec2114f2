"""Text that is searched: the same letters are equal in either case and however they are encoded (Unicode TR 15). Pure."""

from unicodedata import normalize


def folded(text: str) -> str:
    """Return a text's search key: composed, in one case, without spaces around it."""
    key = text.strip().casefold()
    return key if key.isascii() else normalize("NFC", normalize("NFC", text).strip().casefold())
