"""Zatabox: events, orders, seats and check-in behind bearer keys; 27 notices, signed anew on each attempt."""
