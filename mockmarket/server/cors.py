"""CORS (Fetch standard, 3.2): which pages of browsers may read a vendor's answers, by the core setting `cors_origins`."""

from mockmarket.api.context import Environ

EVERY = "*"
MAX_AGE_S = 600


def headers_for(environ: Environ, allowed: str) -> list[tuple[str, str]]:
    """Return the headers for a request with an Origin: those that let its page read the answer, if the origin is allowed, and those of a
    preflight. Credentials are not allowed: vendors' keys are headers, never cookies."""
    origin = environ["HTTP_ORIGIN"]
    origins = allowed.split(",")
    if not allowed or not {EVERY, origin}.intersection(part.strip() for part in origins):
        return []
    headers = [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", "*"), ("Vary", "Origin")]
    method = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
    if environ["REQUEST_METHOD"] != "OPTIONS" or not method:
        return headers
    headers += [("Access-Control-Allow-Methods", method), ("Access-Control-Max-Age", str(MAX_AGE_S))]
    if wanted := environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
        headers.append(("Access-Control-Allow-Headers", wanted))
    if environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true":
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return headers
