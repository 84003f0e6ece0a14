"""What proving and sealing the records costs: `python -m bench.records`."""
