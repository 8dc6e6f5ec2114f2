"""Worlds: a store, a clock, a journal and the state of running sends; created, copied, reset and dropped by name."""
