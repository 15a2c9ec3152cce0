"""Push changes to open pages: one LISTEN connection a process, no session a screen."""
