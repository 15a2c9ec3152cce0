"""Assign whole files: every row keeps its columns and gets its grid, or why it has none."""
