"""Menus of webhooks, all pure: bytes, signatures and how to verify them, acceptance, retries, targets, tampering."""
