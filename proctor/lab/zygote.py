"""Starts the process that forks kernels, and asks it for them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import weakref
from collections.abc import Mapping, Sequence

START_SECONDS = 120.0

_lock = threading.Lock()
_zygote: Zygote | None = None


class ForkError(RuntimeError):
    """A kernel cannot be forked here; the message says why."""


class Zygote:
    """A process with TensorFlow loaded, from which kernels are forked.

    It ends with this process whatever happens to it, its kernels with it, and before that once
    neither this object nor any of its kernels is in use any more. It is not waited for here:
    while it still loads, :meth:`fork` waits.

    Raises:
        ForkError: This system cannot do it.
    """

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise ForkError("processes with TensorFlow loaded can be forked on Linux only")
        self._packages = _packages()
        self._control, theirs = socket.socketpair()
        # Matplotlib reads its variable once, when it is imported.
        inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        descriptor = str(theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                # As ipykernel installs itself, so that the debugger sees frozen modules, too.
                [sys.executable, "-Xfrozen_modules=off", "-m", "proctor.lab.forks", descriptor],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**inline, **os.environ},
                # Not among the student's files: one of them may be called like a module.
                cwd="/",
            )
        self.close = weakref.finalize(self, _end, self._process, self._control)

    def current(self) -> bool:
        """Say whether it runs, with the packages as they are now installed."""
        return self._process.poll() is None and self._packages == _packages()

    def fork(
        self, arguments: Sequence[str], folder: str, environment: Mapping[str, str]
    ) -> ForkedKernel:
        """Start a kernel.

        Args:
            arguments: Those of ipykernel.
            folder: Its working directory.
            environment: Its whole environment.

        Raises:
            ForkError: It did not start; the process's own words are in the server's log.
        """
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(START_SECONDS)
            order = {"arguments": arguments, "folder": folder, "environment": dict(environment)}
            try:
                with theirs:
                    socket.send_fds(self._control, [b"k"], [theirs.fileno()])
                ours.sendall(json.dumps(order).encode())
                ours.shutdown(socket.SHUT_WR)
                words, descriptors, _, _ = socket.recv_fds(ours, 32, 1)
            except OSError as error:
                raise ForkError(f"the process that forks them does not answer: {error}") from error
        if not descriptors:
            raise ForkError("the process that forks them, or the kernel, ended at its start")
        return ForkedKernel(int(words), descriptors[0], self)


class ForkedKernel:
    """A forked kernel's process, to be handled like a ``subprocess.Popen``.

    Args:
        pid: Its process id, which is that of its process group, too.
        handle: A descriptor for it.
        zygote: What it was forked from, which has to be there as long as it is.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int, zygote: Zygote) -> None:
        self.pid = pid
        self._handle = handle
        self._zygote = zygote
        self._ended = select.poll()
        self._ended.register(handle, select.POLLIN)
        weakref.finalize(self, os.close, handle)

    def poll(self) -> int | None:
        """None while it runs, else 0: how it ended is known to nobody."""
        return 0 if self._ended.poll(0) else None

    def wait(self) -> int:
        """Wait until it has ended."""
        self._ended.poll()
        return 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)


def shared_zygote() -> Zygote:
    """This process's zygote; a new one where there is none, it has ended, or packages were
    installed since it was started.

    Raises:
        ForkError: This system cannot do it.
    """
    global _zygote
    with _lock:
        if _zygote is None or not _zygote.current():
            _zygote = Zygote()
        return _zygote


def _end(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    process.terminate()
    process.wait()


def _packages() -> list[int]:
    """What changes when a package is installed, upgraded or removed."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return [os.stat(folder).st_mtime_ns for folder in sorted(folders)]
