"""Text that is searched: the same letters are equal in either case and however they are encoded (Unicode TR 15). Pure."""


def folded(text: str) -> str:
    """Return a text's search key: composed, in one case, without spaces around it."""
    key = text.strip().casefold()
    if key.isascii():
        return key
    from unicodedata import normalize  # most texts do not need it

    return normalize("NFC", normalize("NFC", text).strip().casefold())
