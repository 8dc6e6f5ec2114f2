"""Zatabox's operations, a module for each chapter of its reference."""
