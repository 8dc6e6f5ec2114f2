"""The pytest plugin, which is `mockmarket_client.pytest_plugin`, for an entry point of an earlier installation."""

from mockmarket_client.pytest_plugin import *  # noqa: F403 - pytest reads a plugin's hooks and fixtures from its module
