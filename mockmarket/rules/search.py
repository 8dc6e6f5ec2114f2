"""Text that is searched: the same letters are equal in either case and however they are encoded (Unicode TR 15). Pure."""


def folded(text: str) -> str:
    """Return a text's search key: composed, in one case, without spaces around it."""
    key = text.strip().casefold()
    if key.isascii():
        return key
    from unicodedata import normalize  # most texts do not need it

    return normalize("NFC", normalize("NFC", text).strip().casefold())


ALONE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
"""Letters of Latin scripts that Unicode does not take apart, as people type them without."""


def unaccented(text: str) -> str:
    """Return a text's search key without accents, for people who type a name without them: `soren` for Søren; any script."""
    key = folded(text)
    if key.isascii():
        return key
    from unicodedata import combining, normalize

    return "".join(letter for letter in normalize("NFKD", key.translate(ALONE)) if not combining(letter))
