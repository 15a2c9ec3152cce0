"""Redraw boundaries: operations on a coverage that keep it a coverage."""
