"""`python -m bridge` is the `offhook` command."""

from bridge.cli.main import main

main()
