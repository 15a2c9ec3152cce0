"""Serve the page of those who work outside: what they hold, their grids, their day."""
