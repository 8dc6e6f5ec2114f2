"""Zatabox's rules, a module for each kind of record."""
