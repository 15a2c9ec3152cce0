"""Reports that perhaps tell of the same matter: suggested, never merged by themselves."""
