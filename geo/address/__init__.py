"""Turn address text into places of one county, offline."""
