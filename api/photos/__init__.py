"""Take photos of reports: check, strip, shrink and stamp them, keep them as private files."""
