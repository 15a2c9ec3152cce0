"""Read and write the boundary files of GIS offices, safely, and say what is wrong in them."""
