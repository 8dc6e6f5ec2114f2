"""Tixstock's words: records in its own field names and order, formats, bodies, errors. Decides nothing.

"Document" is the vendor's overview of its webhooks; "public" its public reference as stored; "convention" is ours where both
are silent. docs/vendors/tixstock.md has the evidence for each.
"""
