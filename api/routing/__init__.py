"""Say on which lane a matter goes: the access list of the grids, the level and who leads."""
