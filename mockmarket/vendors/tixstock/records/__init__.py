"""Tixstock's records, queries, bodies and answers, in its own field names and order: a module for each subject."""
