"""Thousands of real calls through a whole instance, and whether anything grows: `python -m bench.soak`."""
