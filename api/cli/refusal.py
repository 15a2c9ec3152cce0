"""Refuse what a command was asked to do."""

from __future__ import annotations


class Refused(Exception):
    """Refuse with a reason; the command prints it and ends with exit code 1."""
