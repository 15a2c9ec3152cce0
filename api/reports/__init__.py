"""Take in reports, give each its owner, and see them through."""
