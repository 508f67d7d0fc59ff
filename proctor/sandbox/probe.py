"""A harmless look around from inside a kernel: is it sealed?

Whoever is about to run hostile code runs this first. It changes nothing, wherever it runs:
it asks for what a sealed kernel would refuse, in a form that does nothing where it is granted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

import proctor

PROBE = """
import ctypes as _ctypes, json as _json, os as _os, socket as _socket
def _look():
    def listing(folder):
        try:
            return sorted(_os.listdir(folder))
        except OSError:
            return []
    status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    libc = _ctypes.CDLL(None, use_errno=True)
    libc.umount2(b"/proc/self/no-such-place", 0)
    unmounting = _ctypes.get_errno()
    limit = "/proc/sys/user/max_user_namespaces"
    folders = ("/", "/usr", "/dev", "/etc", "/run/kernel", "/run/proctor", "/tmp", "/dev/shm")
    return {
        "capabilities": [status[n].strip() for n in ("CapPrm", "CapEff", "CapBnd", "CapAmb")],
        "no_new_privs": status["NoNewPrivs"].strip(),
        "seccomp": status["Seccomp"].strip(),
        "pid": _os.getpid(),
        "processes": len([n for n in listing("/proc") if n.isdecimal()]),
        "interfaces": [name for _, name in _socket.if_nameindex()],
        "namespaces": libc.unshare(0) == 0 or int(open(limit).read()) > 0,
        "mounts": unmounting != 1,
        "boxes": listing("/run/proctor"),
        "writable": [folder for folder in folders if _os.access(folder, _os.W_OK)],
        "home": _os.getcwd(),
        "bytes": _os.statvfs(".").f_blocks * _os.statvfs(".").f_frsize,
        "package": listing(@PACKAGE@),
        "root": listing(@ROOT@),
    }
print(_json.dumps(_look()))
"""
_PACKAGE = Path(proctor.__file__).parent
PROBE = PROBE.replace("@PACKAGE@", repr(str(_PACKAGE)))
PROBE = PROBE.replace("@ROOT@", repr(str(_PACKAGE.parent)))


class Findings(msgspec.Struct, kw_only=True):
    """What the probe saw."""

    capabilities: list[str]
    no_new_privs: str
    seccomp: str
    pid: int
    processes: int
    interfaces: list[str]
    namespaces: bool
    mounts: bool
    boxes: list[str]
    writable: list[str]
    home: str
    bytes: int
    package: list[str]
    root: list[str]

    def judged(self) -> Iterator[tuple[str, bool, str]]:
        """Each promise: its name, whether it holds, and what was seen."""
        held = [text for text in self.capabilities if int(text, 16)]
        yield "capabilities", not held, ", ".join(held) or "none"
        yield "no_new_privs", self.no_new_privs == "1", self.no_new_privs
        yield "system calls", self.seccomp == "2", "filtered" if self.seccomp == "2" else "all"
        yield "own processes only", self.processes <= 2 and self.pid == 1, f"{self.processes} seen"
        alone = self.interfaces in ([], ["lo"])
        yield "no network", alone, ", ".join(self.interfaces) or "no interface"
        stuck = not self.namespaces and not self.mounts
        yield "no new namespaces or mounts", stuck, "refused" if stuck else "possible"
        yield "no other submission", not self.boxes, ", ".join(self.boxes) or "none seen"
        only = set(self.writable) <= {"/tmp", "/dev/shm"}
        words = f"{self.home} and {', '.join(self.writable)}, {self.bytes / 10**6:.0f} MB in all"
        yield "one bounded place to write", only and self.bytes < 10**9, words
        engine = set(self.package) <= {"__init__.py", "wire.py", "limits.py", "sealed"}
        course = set(self.root) <= {".venv", "proctor"}
        words = ", ".join([*self.package, *self.root]) or "nothing"
        yield "no course, no judge on its disk", engine and course, words

    @property
    def sealed(self) -> bool:
        """Whether every promise holds."""
        return all(good for _, good, _ in self.judged())


def read_findings(text: str) -> Findings:
    """Read what the probe printed.

    Raises:
        ValueError: It did not come to its end.
    """
    lines = [line for line in text.splitlines() if line.startswith("{")]
    if not lines:
        raise ValueError(f"the probe did not come to its end: {text[-500:]}")
    tree: Any = json.loads(lines[-1])
    return msgspec.convert(tree, Findings)
