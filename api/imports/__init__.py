"""Take boundary files from the browser: examine them, show what is wrong, make a plan of them."""
