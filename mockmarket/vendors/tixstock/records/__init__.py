"""Tixstock's records, queries, bodies and answers, in its own field names and order: a module for each subject.

"Document" is the vendor's overview of its webhooks; "public" its public reference as stored; "convention" is ours where both
are silent. docs/vendors/tixstock.md has the evidence for each.
"""
