"""What a kernel can see and do, looked at from inside it."""

from __future__ import annotations

import contextlib
import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from proctor.cli import app
from proctor.judge.remote import Clock, Namespace
from proctor.limits import Limits
from proctor.pipeline.grading import grade, make_order
from proctor.pipeline.run import NotebookRun
from proctor.sandbox import doctor
from proctor.sandbox.doctor import probe
from proctor.sandbox.zygote import SealError, Zygote
from tests.conftest import PROJECT, answer, as_bytes
from tests.namespaces import NO_NAMESPACES

HEAD, TAIL = "canary-", "5e1f2a9c7b"
CANARY = HEAD + TAIL


@pytest.fixture
def inside(zygote) -> Iterator[Callable[[str], object]]:
    """Runs code in a sealed kernel and returns the value of its name ``result``."""
    spaces: list[Namespace] = []
    sandboxes = []

    def run(code: str, files: dict[str, bytes] | None = None, limits: Limits | None = None):
        limits = limits or Limits()
        sandbox = zygote.sandbox(limits, files)
        sandboxes.append(sandbox)
        notebook = new_notebook(cells=[new_code_cell(code)])
        space = Namespace(
            lambda: NotebookRun(notebook, sandbox, limits, time.monotonic() + 60), Clock(limits)
        )
        spaces.append(space)
        return space.result

    yield run
    for space in spaces:
        space.close()
    for sandbox in sandboxes:
        sandbox.close()


def test_every_promise_of_the_probe_holds(zygote):
    findings, seconds = probe(zygote)
    assert findings.sealed, [(name, words) for name, good, words in findings.judged() if not good]
    assert seconds < 10


def test_the_probe_would_notice_a_kernel_that_is_not_sealed():
    with Zygote(sealed=False) as zygote:
        findings, _ = probe(zygote)
    bad = {name for name, good, _ in findings.judged() if not good}
    assert {"no_new_privs", "system calls", "own processes only"} <= bad
    assert not findings.sealed


def test_the_zygote_has_run_no_operation(inside):
    # A context, thread pools or devices made before the fork would be here already.
    result = inside("""
import threading
import tensorflow as tf
from tensorflow.python.eager import context as _context
result = [_context.context()._context_handle is None,
          _context.context()._physical_devices is None,
          [name for name in open("/proc/self/maps").read().split() if "libcuda.so" in name],
          len([t for t in threading.enumerate() if "tensorflow" in repr(t).lower()])]
""")
    assert result == [True, True, [], 0]


def test_products_have_all_their_bits_on_every_machine(inside):
    code = """
import tensorflow as tf
result = tf.config.experimental.tensor_float_32_execution_enabled()
"""
    assert inside(code) is False


def test_an_operation_is_not_made_into_a_graph_to_run_once(inside):
    code = """
import tensorflow as tf
from tensorflow.python.eager import context as _context
_context.context().enable_run_metadata()
total = float(tf.reduce_sum(2 * tf.ones(3)))
result = [total, len(_context.context().export_run_metadata().function_graphs)]
"""
    assert inside(code) == [6.0, 0]


def test_data_sets_are_not_tuned_while_they_are_read(inside):
    code = """
import tensorflow as tf
_data = tf.data.Dataset.range(3).map(lambda x: 2 * x, num_parallel_calls=tf.data.AUTOTUNE)
_read = [iter(_data)._dataset.options().autotune.enabled, [int(x) for x in _data]]
result = [*_read, _data.options().autotune.enabled]
"""
    assert inside(code) == [False, [0, 2, 4], None]


def test_there_is_room_for_open_files_before_there_are_threads(inside):
    code = """
with open("/proc/self/status") as _file:
    [result] = [int(_line.split()[1]) for _line in _file if _line.startswith("FDSize:")]
"""
    assert inside(code) >= 256


def test_a_graders_canary_is_nowhere_in_the_kernel(zygote, course):
    """Planted in the grader, the source, the secret and the gradebook; looked for from inside
    on disk, in /proc, in the environment, in memory and in what came over the wire."""
    # It knows the needle by its hash only, so that looking for it does not plant it.
    look = f"""
import hashlib, os
digest = "{hashlib.sha256(TAIL.encode()).hexdigest()}"
def held(data):
    return any(hashlib.sha256(part[:{len(TAIL)}]).hexdigest() == digest
               for part in data.split(b"{HEAD}")[1:])
kept = []
def keep(text):
    kept.append(text)
def files():
    skip = ("/proc", "/sys", "/usr", "/bin", "/lib", "/dev")
    for path, folders, names in os.walk("/"):
        folders[:] = [f for f in folders if not os.path.join(path, f).startswith(skip)
                      and f != "site-packages"]
        yield from (os.path.join(path, name) for name in names)
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        for name in ("environ", "cmdline", "maps", "mountinfo"):
            yield f"/proc/{{pid}}/{{name}}"
def look():
    found = []
    for name in files():
        try:
            with open(name, "rb") as file:
                if held(file.read(10**7)):
                    found.append(name)
        except OSError:
            pass
    with open("/proc/self/mem", "rb", 0) as memory, open("/proc/self/maps") as maps:
        for line in maps.read().splitlines():
            place, access, *rest = line.split()
            start, end = (int(part, 16) for part in place.split("-"))
            if "r" not in access or "[v" in line:
                continue
            try:
                memory.seek(start)
                if held(memory.read(end - start)):
                    found.append(line)
            except (OSError, ValueError, OverflowError):
                pass
    return found
def double(x):
    return 2 * np.asarray(x)
"""
    grader = course.grader("tiny")
    probe_test = f'''

SECRET = "{CANARY}"


@pytest.mark.check("squares", seconds=60)
def test_looks(student):
    """Looks everywhere."""
    student.double(np.ones(3))
    found = student.look()
    require(found == [], f"found {{found}}")


@pytest.mark.check("squares", seconds=60)
def test_would_find(student):
    """It would be found if it were sent."""
    student.keep("{CANARY}")
    require(student.look() != [], "not found")
'''
    grader.write_text(grader.read_text() + probe_test)
    (course.root / ".proctor").mkdir(exist_ok=True)
    (course.root / ".proctor" / "secret").write_text(CANARY)
    (course.root / "gradebook.db").write_text(CANARY)
    other = course.root / "submitted" / "other" / "tiny"
    other.mkdir(parents=True)
    (other / "tiny.ipynb").write_text(CANARY)
    result = grade(make_order(course, "ada", "tiny", as_bytes(answer(double=look))), zygote.folder)
    tests = {test.name: test for check in result.checks for test in check.tests}
    assert tests["test_looks"].passed, tests["test_looks"].message
    assert tests["test_would_find"].passed, tests["test_would_find"].message
    assert CANARY not in result.notebook


def test_submissions_cannot_see_each_other(inside):
    code = """
import os, socket, subprocess
open("mine.txt", "w").write("x")
server = socket.socket(socket.AF_UNIX)
try:
    server.bind("\\0shared"); server.listen()
    bound = True
except OSError:
    bound = False
processes = sorted(n for n in os.listdir("/proc") if n.isdecimal())
result = [bound, processes, os.listdir("/run/proctor"), sorted(os.listdir(".")),
          os.listdir("/tmp")]
"""
    first, second = inside(code), inside(code)
    assert first == second
    assert first[0] is True
    assert first[1] == ["1"]
    assert first[2] == []


def test_files_are_there_and_links_lead_nowhere(inside):
    result = inside(
        """
import os
os.symlink("/etc/shadow", "link")
try:
    open("link").read()
    read = True
except OSError:
    read = False
result = [open("data/values.csv").read(), read, os.access("/etc/shadow", os.F_OK)]
""",
        files={"data/values.csv": b"1,2"},
    )
    assert result == ["1,2", False, False]


def test_the_network_is_out_of_reach(inside):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        port = listener.getsockname()[1]
        result = inside(f"""
import socket
result = []
for address in (("127.0.0.1", {port}), ("localhost", {port})):
    try:
        socket.create_connection(address, 2)
        result.append("connected")
    except OSError as error:
        result.append("refused")
""")
        assert result == ["refused", "refused"]
        with pytest.raises(TimeoutError):
            listener.accept()


def test_dangerous_calls_are_refused(inside):
    result = inside("""
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    return libc.syscall(number, *arguments), errno.errorcode.get(ctypes.get_errno())
machine = os.uname().machine
ptrace, unshare, bpf = (101, 272, 321) if machine == "x86_64" else (117, 97, 280)
def cores():
    try:
        os.sched_setaffinity(0, os.sched_getaffinity(0))
        return True
    except PermissionError:
        return False
def family(number):
    try:
        socket.socket(number, socket.SOCK_DGRAM).close()
        return True
    except OSError:
        return False
result = [call(ptrace, 0, 0, 0, 0), call(unshare, 0x10000000), call(bpf, 0, 0, 0),
          call(435, 0, 0), family(17), family(40), family(38), cores()]
""")
    assert result[:3] == [(-1, "EPERM")] * 3
    assert result[3] == (-1, "ENOSYS")
    assert result[4:] == [False, False, False, False]


def _ours() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def _staying(known: set[int]) -> set[int]:
    """Which processes besides ``known`` there are, if they do not end soon."""
    deadline, empty = time.monotonic() + 20, 0
    while True:
        left = _ours() - known
        # One whose parent ends while the list of processes is read is missing from it.
        empty = 0 if left else empty + 1
        if empty == 5 or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def _described(processes: set[int]) -> list[str]:
    return [str(psutil.Process(pid).as_dict(["cmdline", "status", "ppid"])) for pid in processes]


def test_nothing_is_left_of_a_grade(course):
    before = _ours()
    code = """
import os, subprocess, time
def double(x):
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    return 2 * np.asarray(x)
"""
    with Zygote() as own:
        with_zygote = _ours()
        boxes = own.folder / "boxes"
        result = grade(make_order(course, "ada", "tiny", as_bytes(answer(code))), own.folder)
        assert result.score > 0
        assert _described(_staying(with_zygote)) == []
        assert own.alive()
        assert list(boxes.iterdir()) == []
    assert _ours() <= before
    assert not own.folder.exists()


def test_everything_ends_when_the_command_is_killed(tmp_path: Path):
    script = tmp_path / "holds.py"
    script.write_text("""
import sys, time
from proctor.limits import Limits
from proctor.sandbox.zygote import Zygote
from proctor.sandbox.doctor import probe
zygote = Zygote()
sandbox = zygote.sandbox(Limits())
print(zygote.pid, flush=True)
time.sleep(600)
""")
    command = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert command.stdout is not None
    pid = int(command.stdout.readline())
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    command.kill()
    command.wait()
    command.stdout.close()
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    assert len(gone) >= 3


def test_the_doctor_finds_that_all_is_well(zygote, monkeypatch):
    monkeypatch.setattr(doctor, "Zygote", lambda: contextlib.nullcontext(zygote))
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 0, done.output
    assert "a kernel answered" in done.output
    assert re.search(r"yes +no network", done.output)
    assert "Submissions can be graded here." in done.output


def test_the_doctor_says_what_is_missing_and_how_to_get_it():
    command = [*NO_NAMESPACES, sys.executable, "-m", "proctor.cli", "doctor"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "NO  namespaces: user namespaces are switched off: `sysctl" in done.stdout
    assert "sealed kernel" not in done.stdout


def test_without_bubblewrap_grading_refuses(monkeypatch):
    from proctor.sandbox import bubblewrap

    monkeypatch.setattr(bubblewrap, "find", lambda: None)
    with pytest.raises(SealError, match="proctor doctor"):
        Zygote()


def test_where_walls_cannot_be_built_grading_refuses(monkeypatch, tmp_path):
    from proctor.sandbox import bubblewrap

    broken = tmp_path / "bwrap"
    broken.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    broken.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "find", lambda: str(broken))
    with pytest.raises(SealError, match="No permissions to create new namespace"):
        Zygote()
