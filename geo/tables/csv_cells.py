"""Write one cell of a CSV file: quoted where it must be, and never a formula."""

from __future__ import annotations


def inert(cell: str) -> str:
    """Return a cell that a spreadsheet shows instead of computing: '=1+1 stays a text."""
    if cell[:1] not in ("=", "+", "-", "@", "\t", "\r"):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def quoted(cell: str) -> str:
    """Return a cell as Python's ``csv`` writes it: in quotes only when it could be misread."""
    if any(sign in cell for sign in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
