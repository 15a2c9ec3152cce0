"""Take reports in by the file: the rules of one by one, a block in one transaction."""
