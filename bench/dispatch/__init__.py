"""Distribution compared: app_queue and Madoguchi, one Asterisk, the same phones and callers, in one run.

    python -m bench.dispatch --side both --json result.json

The phones and the callers are plain UDP sockets in one asyncio process, not SIPp and not pjsua2: every time
is taken at the socket, on one clock, on both sides of the exchange. SIPp's log is wall time of another
process, and pjsua2 polls (its own delay is of the size of what is measured here). What a real softphone and
SIPp do is the tests' business.
"""
