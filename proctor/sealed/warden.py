"""The processes between the zygote and a student's code.

For each submission one process *holds* the sandbox: a mount namespace with the one
directory that may be written to, on a file system of bounded size in memory. For each of
the submission's kernels one process *guards* it: it makes the kernel's namespaces, starts
it, passes on interrupts, and ends it when it exceeds a limit or when nobody asks for it
any more. No student code runs in these processes.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from proctor import wire
from proctor.limits import Limits
from proctor.sealed import kernel, paths, system
from proctor.sealed.usage import Usage, measure

WATCH_SECONDS = 0.1
START_SECONDS = 60.0
# Of a kernel that was killed, nobody knows whether by its own code or for want of memory.
KILLED = "it was killed, perhaps for lack of memory"
_READ_ONLY = system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC | system.MS_RDONLY


def hold(connection: socket.socket, mode: str, boxes: str, gpu: str, *kept: str) -> NoReturn:
    """Make the sandbox that ``connection`` asks for and a kernel whenever it asks for one.

    The first message is ``{"box": name, "cores": [...], "limits": {...}}``; the answer None, or
    what failed. Each further message is the number of a kernel, with the descriptor of a socket
    for its guard. When the connection closes, everything ends. With ``mode`` other than ``sealed``
    there are no namespaces, and the student's files lie in the box itself. ``boxes`` is the folder
    of all boxes; ``gpu`` is CUDA's name for the graphics card that kernels compute on, empty where
    there is none; ``kept`` are the paths of the interpreter and its packages that would be hidden
    by what is mounted here.
    """
    sealed = mode == "sealed"
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    try:
        order = wire.unpack(wire.receive(connection, time.monotonic() + START_SECONDS))
        limits = Limits(**order["limits"])
        # Cores may be taken away from a container while it runs.
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, order["cores"])
        box = Path(boxes, order["box"])
        trouble = None
        try:
            if sealed:
                _furnish(box, limits, kept)
        except OSError as error:
            trouble = f"the sandbox could not be made: {error}"
        wire.send(connection, wire.pack(trouble), time.monotonic() + START_SECONDS)
        connection.settimeout(None)
        while trouble is None:
            message, descriptors, _, _ = socket.recv_fds(connection, 16, 1)
            if not message:
                break
            with socket.socket(fileno=descriptors[0]) as channel:
                if not os.fork():
                    connection.close()
                    guard(channel, box / message.decode(), limits, sealed=sealed, gpu=gpu)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        # The guards die with this process, and their kernels with them.
        os._exit(0)


def _furnish(box: Path, limits: Limits, kept: Sequence[str]) -> None:
    """Mount the writable directory and put the submission's files into it."""
    system.unshare(system.CLONE_NEWNS)
    system.mount("none", "/", flags=system.MS_REC | system.MS_PRIVATE)
    options = f"size={limits.disk_mb * 10**6},nr_inodes={limits.files},mode=0755"
    safe = system.MS_NOSUID | system.MS_NODEV
    system.mount("tmpfs", paths.STORE, "tmpfs", safe, options)
    handles = {path: os.open(path, os.O_PATH) for path in kept}
    user = kernel.student_uid()
    for name, place in (("home", paths.HOME), ("tmp", "/tmp"), ("shm", "/dev/shm")):
        folder = f"{paths.STORE}/{name}"
        os.mkdir(folder, 0o700)
        if name == "home":
            shutil.copytree(box / "files", folder, dirs_exist_ok=True)
            for path, _, files in os.walk(folder):
                os.chown(path, user, user)
                for file in files:
                    os.chown(os.path.join(path, file), user, user)
        os.chown(folder, user, user)
        system.mount(folder, place, flags=system.MS_BIND)
    for path, handle in handles.items():
        _make_place(Path(path), is_folder=stat.S_ISDIR(os.fstat(handle).st_mode))
        system.mount(f"/proc/self/fd/{handle}", path, flags=system.MS_BIND)
        os.close(handle)
    system.unmount(paths.STORE)


def _make_place(path: Path, *, is_folder: bool) -> None:
    """Make something that can be mounted over, and the folders above it."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if is_folder:
        path.mkdir(mode=0o755, exist_ok=True)
    else:
        path.touch(mode=0o644)


def guard(
    channel: socket.socket, folder: Path, limits: Limits, *, sealed: bool, gpu: str
) -> NoReturn:
    """Start one kernel and watch it until it ends.

    ``channel`` receives frames: first None (it runs) or why it could not be started, then, when it
    has ended, ``{"why": words, "memory": bytes}``: what it had taken at most, or None. From it come
    single bytes: ``I`` interrupts the kernel. When it closes, the kernel is ended.
    """
    system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
    pid = 0
    try:
        places = kernel.Places(str(folder.parent / "files"), str(folder))
        if sealed:
            places = kernel.Places(paths.HOME, paths.KERNEL)
            _wall_off(folder)
        ready, tell_ready = os.pipe()
        wait_go, go = os.pipe()
        errors, tell_errors = os.pipe()
        pid = os.fork()
        if not pid:
            pipes = tell_ready, wait_go, tell_errors
            kernel.start(*pipes, limits, places, sealed=sealed, gpu=gpu)
        for descriptor in (tell_ready, wait_go, tell_errors):
            os.close(descriptor)
        os.set_blocking(errors, False)
        why = _first_words(ready)
        first: Usage | None = None
        if why is None:
            if sealed:
                # Its sockets are made; from here on it can make nothing else there.
                flags = system.MS_BIND | system.MS_REMOUNT | _READ_ONLY
                system.mount("none", paths.KERNEL, flags=flags)
            os.write(go, b"g")
            if sealed:
                # Before anybody knows that it runs, and so before any student code does.
                first = measure(limits.memory_mb * 10**6, None)
        else:
            why = f"{why}\n{_drain(errors)}".strip()
        _tell(channel, why)
        if why is None:
            _tell(channel, _watch(channel, pid, errors, limits, first))
    except OSError as error:
        with contextlib.suppress(OSError):
            _tell(channel, f"the kernel could not be sealed: {error}")
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        if pid:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                if not sealed:
                    os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        os._exit(0)


def _wall_off(folder: Path) -> None:
    """Make this process's namespaces, in which its kernel will be born."""
    system.unshare(
        system.CLONE_NEWNS
        | system.CLONE_NEWPID
        | system.CLONE_NEWNET
        | system.CLONE_NEWIPC
        | system.CLONE_NEWUTS
        | system.CLONE_NEWCGROUP
    )
    system.mount(str(folder), paths.KERNEL, flags=system.MS_BIND)
    system.mount("tmpfs", paths.BOXES, "tmpfs", _READ_ONLY, "size=0,nr_inodes=1")


def _first_words(ready: int) -> str | None:
    """None once the kernel is ready, or why it never will be."""
    if not select.select([ready], [], [], START_SECONDS)[0]:
        return "the kernel did not start in time"
    words = b""
    while part := os.read(ready, 65536):
        words += part
    if words == b"ready":
        return None
    return words.decode(errors="replace") or "the kernel ended while it started"


def _tell(channel: socket.socket, what: Any) -> None:
    wire.send(channel, wire.pack(what), time.monotonic() + 5)


def _drain(errors: int) -> str:
    text = b""
    with contextlib.suppress(BlockingIOError):
        while part := os.read(errors, 65536):
            text = (text + part)[-4096:]
    return text.decode(errors="replace")


def _watch(
    channel: socket.socket, pid: int, errors: int, limits: Limits, first: Usage | None
) -> dict[str, Any]:
    """Wait until the kernel ends or must be ended. Say why, in the student's words, and what
    memory it had taken at most.

    ``first`` is what it used when it had just started; without that, it is not watched.
    """
    ended = os.pidfd_open(pid)
    watched: list[Any] = [channel, ended]
    most = None if first is None else 0

    def end(why: str) -> dict[str, Any]:
        return {"why": why, "memory": most}

    while True:
        happened, _, _ = select.select(watched, [], [], WATCH_SECONDS)
        _drain(errors)
        if ended in happened:
            return end(_obituary(os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)))
        if channel in happened:
            order = channel.recv(1)
            if not order:
                return end("The kernel was closed.")
            if order == b"I":
                os.kill(pid, signal.SIGINT)
        if first is None:
            continue
        used = measure(limits.memory_mb * 10**6, first)
        most = max(most or 0, used.taken(first))
        if excess := used.excess(first, limits):
            return end(excess)


def _obituary(status: Any) -> str:
    if status.si_code == os.CLD_EXITED:
        return f"Your code ended the kernel (exit status {status.si_status})."
    number = status.si_status
    if number == signal.SIGXCPU:
        return "Your code used more CPU time than it may and was stopped."
    name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
    words = {
        "SIGSEGV": "a memory access that is not allowed",
        "SIGABRT": "TensorFlow or another library gave up",
        "SIGKILL": KILLED,
        "SIGXFSZ": "a file grew too large",
    }
    return f"Your code crashed the kernel ({name}: {words.get(name, 'a signal')})."
