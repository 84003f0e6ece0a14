"""Makes ``ari/generated`` from the API documents that Asterisk ships. Not needed at run time."""
