"""Staffing: how many seats a day needs, and how a recorded day would have gone with others.

A discrete-event world (calls, operators, time) around the real floor: nothing of distribution is imitated.
No asyncio, no clock; chance comes from seeds, so a run can be repeated exactly. Times are milliseconds.
"""
