"""`python -m bridge.phone`: the phone's process."""

import sys

from bridge.phone.process import main

sys.exit(main())
