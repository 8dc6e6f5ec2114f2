"""What JSON is expected to be: by path and operator, by pattern, by regular expression. One way to match, for all who compare."""
