"""SkyBox's records, queries, bodies and answers, in the vendor's names and order. "Document" is the vendor's page on webhooks, "public"
its OpenAPI file as public clients carry it; "convention" is ours where both are silent. docs/vendors/skybox.md has the evidence."""
