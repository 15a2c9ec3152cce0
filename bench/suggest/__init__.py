"""How quickly names are suggested while one is being typed."""
