"""Serve the past: revisions in order, who owned a point when, where a grid came from."""
