"""Ticketnation's rules, a module for each chapter of its reference."""
