"""Worlds' files of every released version, which `tests/test_kept_worlds.py` opens. `python -m tests.worlds` writes `schema-N.db.gz` of the
present schema: at a release, and whenever the schema's number has changed. A file of a released version is never written again."""
