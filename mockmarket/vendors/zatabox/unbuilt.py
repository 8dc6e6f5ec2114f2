"""Zatabox's public paths that the mock does not have: each answers 501 and names itself."""

from __future__ import annotations

UNBUILT: tuple[tuple[str, str], ...] = (
    ("POST", "/auth/register"), ("POST", "/auth/login"), ("POST", "/auth/2fa-verify"), ("POST", "/auth/token/request"),
    ("POST", "/auth/token/exchange"), ("POST", "/auth/refresh"), ("POST", "/auth/logout"),
    ("POST", "/events/{eventId}/issue"),
    ("GET", "/public/events/{eventId}/seats/live"),
    ("GET", "/organizer/organizations/{id}"),
    ("GET", "/organizer/events/{id}/schedule"), ("POST", "/organizer/events/{id}/schedule"),
    ("PUT", "/organizer/events/{id}/schedule/{sessionId}"), ("DELETE", "/organizer/events/{id}/schedule/{sessionId}"),
    ("GET", "/organizer/events/{id}/sections"), ("POST", "/organizer/events/{id}/sections"),
    ("PUT", "/organizer/events/{id}/sections/{sectionId}"), ("DELETE", "/organizer/events/{id}/sections/{sectionId}"),
    ("GET", "/organizer/venues"),
    ("GET", "/organizer/events/{id}/seating"), ("PUT", "/organizer/events/{id}/seating"),
    ("DELETE", "/organizer/events/{id}/seating"), ("PUT", "/organizer/events/{id}/seating/pricing"),
    ("POST", "/organizer/events/{id}/seating/blocks"),
    ("GET", "/organizer/event-customization/{id}"), ("PUT", "/organizer/event-customization/{id}"),
    ("GET", "/payments/crypto/currencies"),
    ("POST", "/community/reviews"), ("POST", "/community/orgs/{orgId}/follow"), ("GET", "/community/orgs/{orgId}/followers"),
    ("DELETE", "/community/orgs/{orgId}/followers/{followerId}"), ("POST", "/community/events/{eventId}/waitlist"),
    ("POST", "/organizer/growth/events/{eventId}/comps/import-csv"), ("POST", "/organizer/growth/events/{eventId}/broadcast"),
    ("GET", "/users/me/export"),
    ("GET", "/courses/mine"), ("GET", "/courses/{eventId}"), ("POST", "/courses/{eventId}/lessons/{index}/complete"),
    ("DELETE", "/courses/{eventId}/lessons/{index}/complete"), ("POST", "/courses/{eventId}/complete"),
    ("GET", "/courses/{eventId}/exam"), ("POST", "/courses/{eventId}/exam/submit"), ("GET", "/courses/{eventId}/certificate"),
)  # fmt: skip
"""Public, the SDK's list of endpoints, less what is built here."""
