"""Zatabox: events, orders, seats and check-in, with bearer keys; 27 notices, signed anew on each attempt."""
