"""What applies where a caller says nothing else."""

from __future__ import annotations

DEFAULT_URL = "http://127.0.0.1:8000"
"""The URL of the server."""
PATIENCE_S = 10.0
"""How long the client, and an inbox, wait."""
