"""Serve the county: HTTP, commands, storage."""

VERSION = "0.1.0"
