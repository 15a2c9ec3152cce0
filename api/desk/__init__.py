"""Serve the seat operator: a look before anything is written, the lists of work, the page."""
