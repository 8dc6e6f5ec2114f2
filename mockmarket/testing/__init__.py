"""Support for tests of an integration: a world, an inbox of verified webhooks, pytest fixtures."""

TOLERANCE_S = 300  # how old a signature's stamp may be, both ways: what the vendors that name a limit at most recommend
