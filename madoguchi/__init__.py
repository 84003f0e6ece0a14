"""The commands: `bin/up`, `bin/madoguchi`, and the process that serves."""
