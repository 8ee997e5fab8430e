"""The Procfile: which processes make an instance."""

import re
from dataclasses import dataclass
from pathlib import Path

APP = "app"
SERVICES = "services"


@dataclass(frozen=True, kw_only=True)
class Program:
    name: str
    line: str
    group: str = APP
    stop_signal: str = "TERM"
    stop_as_group: bool = True

    @property
    def size(self) -> int:
        """How many processes it is: Celery's worker forks children, unless it has threads."""
        concurrency = "--pool threads" not in self.line and re.search(
            r"--concurrency[ =](\d+)", self.line
        )
        return 1 + (int(concurrency[1]) if concurrency else 0)


def read(path: Path) -> list[Program]:
    entries = re.findall(r"^(\w+):[ \t]*(\S.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [
        # Celery's worker must see the signal alone: it then ends the tasks its children are at,
        # and children that get it too would be taken for crashed.
        Program(name=name, line=line, stop_as_group=not line.startswith("celery"))
        for name, line in entries
    ]
