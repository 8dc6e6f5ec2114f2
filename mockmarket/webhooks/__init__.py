"""Webhook rules, all pure: encoding, signing and verifying, acceptance, retries, targets, tampering."""
