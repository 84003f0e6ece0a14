"""After the contract: everything for the city in open forms, then the rest destroyed, with a certificate.

`export` writes and reads back what the city gets; `destroy` makes the installation's data unreadable and
removes them; `certificate` says so, signed.
"""
