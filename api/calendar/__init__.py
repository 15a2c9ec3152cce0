"""Count time as an office does: working days, limits, clocks that pause, deadline lights."""
