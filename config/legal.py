"""Terms and privacy as an operator types them: paragraphs, and headings after a #."""

import re
from dataclasses import dataclass

_GAP = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True)
class Block:
    text: str
    is_heading: bool = False


def blocks(text: str) -> list[Block]:
    """What follows a heading's line without a gap is a paragraph of its own."""
    found = []
    for part in _GAP.split("\n".join(text.splitlines())):
        lines: list[str] = []
        for line in part.strip().splitlines():
            if line.startswith("#"):
                found.append(Block("\n".join(lines)))
                found.append(Block(line.lstrip("#").strip(), is_heading=True))
                lines = []
            else:
                lines.append(line)
        found.append(Block("\n".join(lines)))
    return [block for block in found if block.text.strip()]
