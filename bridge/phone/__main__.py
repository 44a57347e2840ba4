"""`python -m bridge.phone`: the phone's process."""

from bridge.phone.process import main

main()
