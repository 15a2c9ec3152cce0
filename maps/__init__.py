"""Draw the pictures: typed records in, HTML and JSON out. Knows geo and folium, nothing above."""
