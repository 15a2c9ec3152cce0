"""Hold the spatial rules: pure functions, no HTTP, no SQL, no clock, no environment."""
