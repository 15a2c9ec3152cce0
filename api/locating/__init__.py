"""Answer who owns a place: one question, or many."""
