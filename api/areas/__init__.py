"""Serve areas and their shapes."""
