"""Tickets and money: what is in the books."""

from .ledger import Account, AppendOnly, Journal, Kind, Line

__all__ = ["Account", "AppendOnly", "Journal", "Kind", "Line"]
