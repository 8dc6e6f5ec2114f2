"""Scraper Portal: four calls, six notices, keys in X-API-Key, signatures in X-Webhook-Signature."""
