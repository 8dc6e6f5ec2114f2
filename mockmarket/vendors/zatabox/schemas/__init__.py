"""Zatabox's schemas, a module for each chapter of its reference: what the calls take and what they answer."""
