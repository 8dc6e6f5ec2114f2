"""Tixstock's schemas: what its calls take, with the public ranges and defaults, and what they answer."""
