"""How fast mockmarket is, always beside bare Flask answering the same bytes on the same server. Asserts nothing."""
