"""Tixstock: resellers and partners of one exchange, holds, orders, tickets as PDF, twelve webhooks signed with each reseller's token."""
