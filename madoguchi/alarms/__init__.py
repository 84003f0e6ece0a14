"""Alarms: a process of its own beside the controller, so that it can tell when that one is away.

book.py        what is an alarm, by what was read: hysteresis, once each, reminders; pure
readings.py    what is read: the API, the disk, certificates, the backup
webhook.py     telling it: retried, in order
keep.py        DIR/alarms.json: what holds, and what has not been told yet
watch.py       the process: `python -m madoguchi.alarms --home DIR`
"""
