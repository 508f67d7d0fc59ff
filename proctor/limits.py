"""What a submission may use before it is stopped."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds on one submission. Times are in seconds, sizes in megabytes (10^6 bytes).

    Attributes:
        cell_seconds: Wall time of one notebook cell.
        request_seconds: Wall time of one request of the judge's.
        test_seconds: Wall time of all requests of one test.
        submission_seconds: Wall time of the whole, new kernels included.
        cpu_seconds: CPU time of one kernel and all it starts.
        memory_mb: Memory that a kernel takes beyond what it was forked with.
        disk_mb: Size of the one directory it may write to (held in memory).
        files: How many files and directories that directory holds.
        processes: Processes and threads at once.
        open_files: Open files of one process.
        output_mb: Text and pictures that the notebook shows.
        threads: Size of TensorFlow's thread pools.
    """

    cell_seconds: float = 30.0
    request_seconds: float = 10.0
    test_seconds: float = 30.0
    submission_seconds: float = 240.0
    cpu_seconds: float = 300.0
    memory_mb: int = 2_000
    disk_mb: int = 256
    files: int = 4_096
    processes: int = 256
    open_files: int = 512
    output_mb: int = 8
    threads: int = 2
