"""SkyBox's words: records in its own field names and order, formats, bodies of notices, errors. Decides nothing.

"Document" is the vendor's page on webhooks; "public" its OpenAPI file as public clients carry it; "convention" is ours where both
are silent. docs/vendors/skybox.md has the evidence for each.
"""
