"""Ticketnation's schemas: what its calls take, and what they answer."""
