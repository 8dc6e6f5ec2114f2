"""Tixstock's calls, a module for each chapter of its reference."""
