"""What writing down costs: `python -m bench.journal`."""
