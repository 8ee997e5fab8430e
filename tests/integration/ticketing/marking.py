"""For a process that is about to be killed: what it is given leaves marks (marks.py)."""

from . import marks

marks.take_over()
