"""Runs what may do harm in PID, mount and network namespaces of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent
# What follows runs where no further namespace can be made.
NO_NAMESPACES = (
    *("unshare", "--user", "--map-root-user", "sh", "-c"),
    'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
    "sh",
)


def outer(*command: str) -> list[str]:
    """A command in PID, mount and network namespaces of its own."""
    words = ["unshare", "--pid", "--fork", "--mount-proc", "--mount", "--net", "--kill-child"]
    if os.geteuid() != 0:
        words[1:1] = ["--user", "--map-root-user"]
    return [*words, *command]


def run_inside(module: str, *words: str, seconds: float) -> str:
    """What a module of these tests prints when it is run in there."""
    done = subprocess.run(
        outer(sys.executable, "-m", module, *words),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
