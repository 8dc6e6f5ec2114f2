"""Faults: ways to go wrong. One module each, or one table (`tampered`) where only bytes or headers are altered."""
