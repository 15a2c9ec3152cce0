"""Play a day of reports through their whole life, and hold every state to what is promised."""
