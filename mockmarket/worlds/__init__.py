"""Worlds: a store, a clock, a journal and what is under way; made, copied, put back, dropped by name."""
