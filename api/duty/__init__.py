"""Say who answers for a grid or an area at an instant."""
