"""`python -m cli` is `orkesta`."""

from cli import main

main()
