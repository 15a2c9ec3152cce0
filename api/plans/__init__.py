"""Redraw boundaries: plans, their preview, approval, publication and rollback."""
