"""Reaching out of the kernel: network, sockets, system calls, files elsewhere, modules."""

from __future__ import annotations

import os
from pathlib import Path

from tests.hostile.attack import DOUBLE, Attack


def beside(**files: str):
    """Puts files beside the notebook; ``__`` in a name stands for a slash, ``_`` for a dot."""

    def place(folder: Path) -> None:
        for name, text in files.items():
            path = folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return place


def climbing_names(folder: Path) -> None:
    """File names that would lead elsewhere if somebody joined or shelled them."""
    for name in (
        "..\\..\\escaped.txt",
        "%2e%2e%2fescaped.txt",
        "$(touch escaped)",
        "-rf",
        "~",
        "a\nb.txt",
        "x; touch escaped",
        "\x1b[2Jname",
        "ünï.txt",
        "a" * 200,
    ):
        (folder / name).write_text("here")
    os.mkfifo(folder / "pipe")
    os.symlink("..", folder / "up")
    os.symlink("loop", folder / "loop")
    os.symlink("/dev/zero", folder / "zero")


SHADOW = "raise SystemExit('shadowed')\nopen('/tmp/shadowed', 'w').close()\n"
SHADOWING = beside(
    conftest_py=SHADOW,
    numpy_py=SHADOW,
    pytest_py=SHADOW,
    sitecustomize_py=SHADOW,
    usercustomize_py=SHADOW,
    tensorflow____init___py=SHADOW,
    proctor____init___py=SHADOW,
    pytest_ini="[pytest]\naddopts = -p conftest\n",
    pyproject_toml="[tool.pytest.ini_options]\naddopts = '-p conftest'\n",
    course_config_py=SHADOW,
    nbgrader_config_py=SHADOW,
)

ATTACKS: list[Attack] = [
    Attack(
        "network",
        "Connects to the listener of the test, by TCP and UDP, and looks names up.",
        double="""
import socket
for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0"):
    for port in (PORT, 53, 22, 80):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                with socket.socket(family, kind) as link:
                    link.settimeout(0.2)
                    link.connect((host, port))
                    link.send(b"canary")
                    if kind == socket.SOCK_STREAM: print("connected", host, port)
            except OSError:
                pass
for name in ("listener.test", "example.invalid"):
    try: print("resolved", socket.getaddrinfo(name, 80))
    except OSError: pass
"""
        + DOUBLE,
    ),
    Attack(
        "network-by-tensorflow",
        "Lets TensorFlow do it: a gRPC server, a remote file system.",
        double="""
try: tf.distribute.Server({"local": ["127.0.0.1:PORT"]})
except BaseException: pass
for act in (lambda: tf.io.gfile.listdir("http://127.0.0.1:PORT/"),
            lambda: tf.keras.utils.get_file("x", "http://127.0.0.1:PORT/x")):
    try: print("connected", act())
    except BaseException: pass
"""
        + DOUBLE,
        harms_itself=True,
    ),
    Attack(
        "unix-sockets",
        "Connects to every Unix socket it can find or name, abstract ones too.",
        double="""
import glob, os, socket
names = ["\\0listener", "/tmp/listener", "/run/docker.sock", "/run/dbus/system_bus_socket"]
for top in ("/run", "/tmp", "/var"): names += glob.glob(top + "/**", recursive=True)
try:
    with open("/proc/net/unix") as table:
        names += [line.split()[-1].replace("@", "\\0") for line in table if "@" in line]
except OSError:
    pass
for name in names:
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(0.2)
            link.connect(name)
            link.send(b"canary")
            if "listener" in name: print("connected", name)
    except (OSError, ValueError):
        pass
"""
        + DOUBLE,
    ),
    Attack(
        "namespaces-and-mounts",
        "unshare, setns, mount, pivot_root, chroot, clone into new namespaces.",
        double="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for number in (272, 308, 165, 155, 161, 166, 435, 428, 429, 430, 431, 432, 442):
    for argument in (0x10000000, 0x20000, 0x40000000, 0x7E020000):
        if libc.syscall(number, argument, 0, 0, 0, 0) == 0: print("allowed", number, argument)
for act in (lambda: os.chroot("/"), lambda: os.mknod("device", 0o20666, os.makedev(1, 1)),
            lambda: os.setuid(0), lambda: os.setgroups([0]), lambda: os.nice(-5),
            lambda: open("/proc/sys/kernel/core_pattern", "w"), lambda: open("/dev/mem"),
            lambda: open("/proc/1/oom_score_adj", "wb", 0).write(b"-1000"),
            lambda: os.listdir("/sys/kernel")):
    try:
        act()
        print("allowed", act.__code__.co_names)
    except (OSError, PermissionError):
        pass
"""
        + DOUBLE,
        harms_itself=True,
    ),
    Attack(
        "kernel-surface",
        "Calls that have let programs out before: bpf, userfaultfd, io_uring, keyctl, perf.",
        double="""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number in (101, 175, 176, 246, 248, 249, 250, 298, 310, 311, 313, 320, 321, 323, 425, 434, 438):
    if libc.syscall(number, 0, 0, 0, 0, 0) == 0: print("allowed", number)
"""
        + DOUBLE,
        harms_itself=True,
    ),
    Attack(
        "writes-elsewhere",
        "Writes wherever it can: system folders, site-packages, parents of its directory.",
        double="""
import os, site, sys
places = ["/", "/etc", "/usr", "/usr/local/bin", "/bin", "/root", "/home", "/data", "/run/proctor",
          "/var/tmp", "/proc/1", "/sys", "..", "../..", "../../..", os.path.dirname(np.__file__),
          os.path.dirname(tf.__file__), *site.getsitepackages(), sys.prefix, COURSE]
for place in places:
    try:
        with open(os.path.join(place, "escaped.txt"), "w") as file: file.write("escaped")
    except OSError:
        pass
for path in (np.__file__, sys.executable, "/etc/passwd"):
    try:
        os.chmod(path, 0o777)
        print("allowed", path)
    except OSError:
        pass
"""
        + DOUBLE,
    ),
    Attack(
        "climbs-by-names",
        "Files with names that lead elsewhere, pipes, links in circles.",
        double="import os\nprint(sorted(os.listdir('.')))" + DOUBLE,
        place=climbing_names,
    ),
    Attack(
        "shadows-modules",
        "Files beside the notebook with the names of modules that others import.",
        place=SHADOWING,
        harms_itself=True,
    ),
    Attack(
        "shadows-later",
        "Writes such files when it runs, and changes where modules are looked for.",
        double="""
import os, sys
for name in ("conftest.py", "proctor.py", "msgspec.py", "pytest.ini"):
    with open(name, "w") as file: file.write("raise SystemExit('shadowed')")
sys.path.insert(0, os.getcwd())
os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = os.getcwd()
"""
        + DOUBLE,
    ),
    Attack(
        "leaves-a-listener",
        "Opens listening sockets and leaves them to a process that stays.",
        double="""
import os, socket
for family, place in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, "\\0left"),
                      (socket.AF_UNIX, "/tmp/left")):
    try:
        link = socket.socket(family)
        link.bind(place)
        link.listen()
    except OSError as error:
        print(error)
"""
        + DOUBLE,
    ),
]
