"""Locate many positions at once: blocks in, blocks out, in any of four formats."""
