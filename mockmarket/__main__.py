"""`python -m mockmarket` is the command line."""

from mockmarket.cli import main

main()
