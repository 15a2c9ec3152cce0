"""Find the one owner of a point, or say honestly who must decide."""
