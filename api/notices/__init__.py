"""Tell people of reports: who is told, by which way, with a receipt."""
