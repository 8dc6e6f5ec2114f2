"""The variables that select a server and a world."""

URL, WORLD = "MOCKMARKET_URL", "MOCKMARKET_WORLD"
