"""`python -m cybertriage`."""

from cybertriage.cli import main

main()
