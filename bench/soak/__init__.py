"""Run the long campaigns: ``python -m bench.soak``, bounded by ``--minutes``."""
