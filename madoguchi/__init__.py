"""The commands: `bin/up`, `bin/madoguchi`, and the process that serves."""

__version__ = "0.1.0"
