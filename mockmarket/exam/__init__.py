"""The receiver exam: valid and corrupted webhooks for one receiver; each case states the correct behaviour and the bug that it finds."""
