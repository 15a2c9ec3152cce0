"""Measure the service beside its peers, on seeded inputs, in one run: ``python -m bench``."""
