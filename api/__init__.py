"""Serve the county: HTTP, commands, storage."""
