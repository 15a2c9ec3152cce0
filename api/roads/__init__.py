"""Take in the roads of a county: preferred as borders, and drawn on the map of a plan."""
