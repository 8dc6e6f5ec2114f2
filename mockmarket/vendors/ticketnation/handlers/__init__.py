"""Ticketnation's calls: those on events and what they have, and those of an organization's account."""
