"""One file a command of `bin/madoguchi`; each offers `register(app)`."""
