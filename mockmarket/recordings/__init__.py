"""Recordings of real APIs and webhooks: readers of their forms, redaction, and comparison with a vendor's operations and notices."""
