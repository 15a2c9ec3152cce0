"""Take in the roads of a county: drawn on the map among the papers of a plan."""
