"""Take in the places of a county: what people call compounds, buildings, roads and villages."""
