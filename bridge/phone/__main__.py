"""`python -m bridge.phone`: the phone's process.

PortAudio takes a while to begin, and most of that it waits for the sound server: it does so while the rest is loaded.
"""

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

# There is nothing to collect until everything is loaded, and looking for it costs a tenth of that time.
gc.disable()
reports = os.fdopen(os.dup(1), "wb")
# Whatever a library prints must not get between the reports: it goes where the errors go, to the log.
os.dup2(2, 1)
asker = ThreadPoolExecutor(1, thread_name_prefix="sound")
asker.submit(import_module, "sounddevice")

from bridge.phone.process import main  # noqa: E402

main(reports, asker)
