"""Measures ARI requests over HTTP and over the event socket against a real Asterisk."""
