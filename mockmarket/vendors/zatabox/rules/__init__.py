"""Zatabox's rules, a module for each noun: what may happen, and everything that follows from it."""
