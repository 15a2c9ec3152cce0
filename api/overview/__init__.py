"""Serve the map page and what it shows."""
