"""Ticketnation Open API: an organiser's events, ticket types and webhooks; buyers use actions."""
