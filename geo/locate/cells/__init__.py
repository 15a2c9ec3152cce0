"""Answer which polygon covers a point through a table of cells, compiled and exact."""
