"""Menus of business rules, pure: may a record move, how many seats may go."""
