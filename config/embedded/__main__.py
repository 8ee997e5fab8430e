"""Run one command on a private, passing pair: `python -m config.embedded COMMAND ...`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import Unavailable, services


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="rostrum-") as folder:
        var = Path(folder) / "var"
        with services(var) as running:
            urls = {"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url}
            done = subprocess.run(command, env=os.environ | urls | {"ROSTRUM_VAR": str(var)})
            return done.returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Unavailable as error:
        sys.exit(str(error))
