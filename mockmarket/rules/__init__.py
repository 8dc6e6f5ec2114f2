"""Business rules, pure: status transitions, split rules, names, credentials."""
