"""Make up the demo county: synthetic shapes under real names, the same bytes on every run."""
