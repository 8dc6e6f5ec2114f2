"""The pytest plugin's name in environments that were installed before `mockmarket_client` had it."""
