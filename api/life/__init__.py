"""Hold the rules of a report's life, pure: no database, no clock, no environment."""
