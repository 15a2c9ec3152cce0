"""Say how long a test waits for what has to come.

A busy machine is slow, not wrong: what is asked is that it comes. It is far above what any step
takes alone, and below the time after which a test is given up.
"""

PATIENCE_MS = 60_000
