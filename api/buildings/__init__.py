"""Take in the table of buildings: where the households of a county live."""
