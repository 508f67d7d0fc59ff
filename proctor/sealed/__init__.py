"""The sealed side: what runs in a process that a stranger's code may own.

Nothing here imports anything of the trusted side; only this package and
``proctor.wire`` exist inside the sandbox.
"""
