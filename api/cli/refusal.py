"""Refuse what a command was asked to do."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of the program
    """Refuse with a reason; the command prints it and ends with exit code 1."""
