"""Give files their grids: the boundaries as the database holds them, here or on many machines."""
