"""Colours of charts and heat maps, without "#". They differ in lightness, too, for a grey printer."""

SERIES = ("2F5D8A", "C8442F", "E0A030", "7FB0A0")
"""Of a stacked chart: answered, abandoned, turned away, callback."""
STRONG = "E8703A"
"""The most of a heat map; nothing is white."""
LOW = "F4B9AE"
"""What is below its limit."""
