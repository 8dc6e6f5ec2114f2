"""For tests of an integration: a world, an inbox of verified webhooks, fixtures for pytest."""
