"""A media node that profiles itself between SIGUSR1 and SIGUSR2, and writes what it saw to a file.

By the CPU's time, not the clock's: waiting costs nothing.
"""

import cProfile
import signal
import sys
import time

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    profile = cProfile.Profile(time.process_time)
    signal.signal(signal.SIGUSR1, lambda *_: profile.enable())
    signal.signal(signal.SIGUSR2, lambda *_: profile.dump_stats(sys.argv[1]))
    call_command("runmedia")
