"""Exchange whole counties with other programs: bring boundaries in, give them out."""
