"""The server: from a socket to the application that answers, and what describes it."""
