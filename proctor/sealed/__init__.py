"""The sealed side: what runs in a process that a stranger's code may own.

Nothing here imports anything of the trusted side; only this package,
``proctor.wire`` and ``proctor.limits`` exist inside the sandbox.
"""
