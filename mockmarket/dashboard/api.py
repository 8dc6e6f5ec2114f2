"""The API browser within the dashboard's frame."""

from mockmarket.dashboard import shell


def show() -> shell.Response:
    """Show the API browser of the open world."""
    return shell.page("api.html", docs=shell.url("world").replace("/ui/world", "/docs"))
