"""Backup and restore of one installation: one file with the database, the keys, and all that somebody made.

sealed.py   a stream of bytes under a passphrase
archive.py  the file: what goes in, and taking it out again
proof.py    is a database whole: chain, head, identity, keys
make.py     making one while the instance runs
restore.py  putting one back
kept.py     what is known of the last one
"""
