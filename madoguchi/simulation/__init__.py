"""Citizens and operators' phones made of plain UDP: real SIP, no library, one process, one clock.

The bench measures with them and `bin/up --demo` lives by them. They are no telephones for people.
"""
