"""Kiosk: passes held, paid and voided at a counter. Invented for the tests; like no other vendor where it can be."""
