"""Reading what is none of a submission's business, and printing whatever is found."""

from __future__ import annotations

import os
from pathlib import Path

from tests.hostile.attack import DOUBLE, Attack

SHOW = """
import glob, os
def show(*patterns):
    for pattern in patterns:
        for path in glob.glob(pattern, recursive=True, include_hidden=True):
            try:
                with open(path, "rb") as file:
                    data = file.read(10**5)
            except OSError:
                continue
            for mark in (b"canary", b"CANARY"):
                place = data.find(mark)
                if place >= 0: print(path, data[max(0, place - 100):place + 100])
"""


def links(folder: Path) -> None:
    """Links to all that is worth reading, by relative and absolute ways."""
    root = folder.parent.parent.parent
    for number, target in enumerate(
        (
            root / "gradebook.db",
            root / "graders",
            root / "source" / "tiny" / "tiny.ipynb",
            root / ".proctor" / "secret",
            Path("../../victim/tiny/tiny.ipynb"),
            Path("../../../graders/tiny/test_tiny.py"),
            Path("/proc/self/environ"),
        )
    ):
        os.symlink(target, folder / f"link{number}")


def notebook_is_a_link(folder: Path) -> None:
    """The notebook itself is a link to another student's."""
    (folder / "tiny.ipynb").unlink()
    os.symlink("../../victim/tiny/tiny.ipynb", folder / "tiny.ipynb")


def notebook_is_a_link_to_the_source(folder: Path) -> None:
    """The notebook itself is a link to the instructor's, with all solutions in it."""
    (folder / "tiny.ipynb").unlink()
    os.symlink("../../../source/tiny/tiny.ipynb", folder / "tiny.ipynb")


def folder_is_a_link(folder: Path) -> None:
    """The whole folder is a link to another student's."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    os.symlink("../victim/tiny", folder)


ATTACKS: list[Attack] = [
    Attack(
        "reads-the-disk",
        "Goes through the whole disk for graders, sources, gradebooks, secrets.",
        double=DOUBLE
        + SHOW
        + """
for path, folders, names in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(path, f) not in ("/proc", "/sys", "/usr")
                  and f != "site-packages"]
    for name in names: show(glob.escape(os.path.join(path, name)))
""",
    ),
    Attack(
        "reads-by-name",
        "Tries the places where these things usually lie.",
        double=DOUBLE
        + SHOW
        + """
show("/root/**", "/home/**", "/course/**", "/srv/**", "../**", "../../**",
     "/tmp/**", "/var/tmp/**", "/dev/shm/**", "/run/**", "/etc/**", "/data/**")
""",
    ),
    Attack(
        "reads-environments-and-command-lines",
        "Looks at every process's environment, command line, maps and open files.",
        double=DOUBLE
        + SHOW
        + """
show(*(f"/proc/*/{name}" for name in ("environ", "cmdline", "maps", "mountinfo", "cgroup")),
     "/proc/*/task/*/environ", "/proc/*/fd/*", "/proc/*/root/**", "/proc/*/cwd/**", "/proc/keys")
print(dict(os.environ))
""",
    ),
    Attack(
        "reads-open-descriptors",
        "Reads from every descriptor that was left open.",
        double="""
import os
for number in range(3, 1024):
    try:
        os.set_blocking(number, False)
        print(number, os.pread(number, 10**6, 0)[:10**5])
    except OSError:
        pass
"""
        + DOUBLE,
    ),
    Attack(
        "reads-its-own-memory",
        "Looks through its memory for what was there before the fork.",
        double="""
def look():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps.read().splitlines():
            place, access, *rest = line.split()
            start, end = (int(part, 16) for part in place.split("-"))
            if not access.startswith("rw") or end - start > 10**9: continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            mark = b"cana" + b"ry-"
            place = data.find(mark)
            while place >= 0:
                yield data[place:place + 60]
                place = data.find(mark, place + 1)
for found in look(): print(found)
"""
        + DOUBLE,
    ),
    Attack(
        "reads-other-memory",
        "Reads the memory of other processes by all calls there are for it.",
        double="""
import ctypes, os
libc = ctypes.CDLL(None)
data = ctypes.create_string_buffer(4096)
for pid in list(range(1, 300)) + [os.getppid()]:
    if pid == os.getpid(): continue
    libc.ptrace(16, pid, 0, 0)
    for way in (f"/proc/{pid}/mem", f"/proc/{pid}/stack", f"/proc/{pid}/auxv"):
        try: print(open(way, "rb").read(10**5))
        except OSError: pass
"""
        + DOUBLE,
    ),
    Attack(
        "reads-modules",
        "Imports the graders and whatever belongs to the judge.",
        double="""
import importlib, inspect
for name in ("graders", "graders.tiny.test_tiny", "test_tiny", "course_config", "course_data",
             "proctor.judge", "proctor.judge.plugin", "proctor.course", "proctor.pipeline.grading",
             "__main__"):
    try: print(inspect.getsource(importlib.import_module(name)))
    except BaseException as error: print(name, error)
"""
        + DOUBLE,
    ),
    Attack(
        "reads-its-inputs",
        "Keeps what the judge sends and prints it, sources of what is shipped included.",
        double="""
import linecache, sys
seen = []
def double(x):
    seen.append(repr(x))
    frame = sys._getframe()
    while frame:
        seen.append(repr(frame.f_locals)[:10_000])
        frame = frame.f_back
    print(seen, {name: lines for name, lines in linecache.cache.items() if "examiner" in name})
    raise ValueError(str(seen)[:5000])
""",
        marks=(0.0, 2.0),
    ),
    Attack(
        "links-to-secrets",
        "Links beside the notebook.",
        double=SHOW + "show('*', '*/**')" + DOUBLE,
        place=links,
    ),
    Attack(
        "notebook-is-a-link",
        "Hands in another student's work by a link.",
        marks=(0.0, 0.0),
        place=notebook_is_a_link,
    ),
    Attack(
        "notebook-is-a-link-to-the-source",
        "Hands in the instructor's own notebook by a link.",
        marks=(0.0, 0.0),
        place=notebook_is_a_link_to_the_source,
    ),
    Attack(
        "folder-is-a-link",
        "Hands in another student's folder by a link.",
        marks=(0.0, 0.0),
        place=folder_is_a_link,
    ),
]
