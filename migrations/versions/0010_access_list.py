"""Keep the access list by versions, with seasonal and temporary items."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop what ``upgrade`` made."""
