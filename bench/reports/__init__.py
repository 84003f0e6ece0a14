"""How fast the reports are made over a year of calls, and samples of them."""
