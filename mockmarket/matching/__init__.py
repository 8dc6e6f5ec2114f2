"""Matching of JSON and text against expectations: by path and operator, by wildcard pattern, by regular expression."""
