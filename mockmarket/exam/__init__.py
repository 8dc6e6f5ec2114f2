"""The receiver exam: webhooks, good and spoiled, for one receiver; each case says what a correct one does and which bug it finds."""
