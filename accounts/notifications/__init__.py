"""What people can be told of, and by which ways."""

from .kinds import DEFAULTS, GROUPS, KINDS, Group, Kind, kind_of, register

__all__ = ["DEFAULTS", "GROUPS", "KINDS", "Group", "Kind", "kind_of", "register"]
