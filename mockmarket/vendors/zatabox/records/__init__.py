"""Zatabox's records, queries, bodies and answers, in its own field names and order. "Document" is the vendor's webhook page, "public"
its SDK repository and site; "convention" is ours where both are silent. docs/vendors/zatabox.md has the evidence for each."""
