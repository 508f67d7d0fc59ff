"""Starts the zygote, and through it sandboxes and kernels."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import msgspec

from proctor import wire
from proctor.limits import Limits
from proctor.sandbox import bubblewrap
from proctor.sandbox.cards import Card
from proctor.sealed import paths, seccomp

START_SECONDS = 120.0
CLOSE_SECONDS = 2.0
_PREFIX = "proctor-"
_HELD = "held"
_MEND = "Run `proctor doctor` to see what this machine lacks and how to get it."


class SealError(RuntimeError):
    """Kernels cannot be sealed here; the message says why and how to mend it."""


def environment(threads: int, data: str | None = None) -> dict[str, str]:
    """The whole environment that student code sees.

    Args:
        threads: The size of the thread pools that are made at import.
        data: Where it finds prepared data sets.
    """
    return {
        **({"TFDS_DATA_DIR": data} if data else {}),
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp",
        "KERAS_BACKEND": "tensorflow",
        # A kernel that computes on a card sets it anew; the zygote must not start CUDA.
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_USE_LEGACY_KERAS": "0",
        # Each compiles machine code for the first matrices it meets, which takes longer than the
        # short runs of a notebook gain by it.
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "0",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


class Zygote:
    """A sealed process with TensorFlow loaded, from which kernels are forked.

    Use it as a context manager, or call :meth:`close`. It ends with this process whatever
    happens to it.

    Args:
        threads: The size of the thread pools that are made at import.
        sealed: False only for notebooks one would run oneself: their code can then do
            whatever this process could.
        data: The folder with the prepared data sets, which every kernel may read; by default
            what ``TFDS_DATA_DIR`` names.
        card: The graphics card that its kernels compute on, the only one that is in sight; by
            default they compute on the processor.

    Attributes:
        folder: Its runtime folder, by which other processes of the same user reach it.
        card: As above.

    Raises:
        SealError: This machine cannot seal kernels.
    """

    def __init__(
        self,
        *,
        threads: int = 2,
        sealed: bool = True,
        data: Path | None = None,
        card: Card | None = None,
    ) -> None:
        self.card = card
        bwrap = bubblewrap.find()
        if sealed and bwrap is None:
            raise SealError(f"There is no bubblewrap here, so kernels cannot be sealed. {_MEND}")
        if sealed and not seccomp.supported():
            raise SealError(f"Kernels are sealed on x86-64 and 64-bit ARM only. {_MEND}")
        place = _short_folder()
        _sweep(place)
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        self._process: subprocess.Popen[bytes] | None = None
        self._held = _hold(self.folder)
        try:
            self._start(bwrap if sealed else None, threads, data or _usual_data())
        except BaseException:
            self.close()
            raise

    def _start(self, bwrap: str | None, threads: int, data: Path | None) -> None:
        (self.folder / "boxes").mkdir(mode=0o711)
        etc = self.folder / "etc"
        etc.mkdir(mode=0o755)
        (etc / "passwd").write_text("student:x:1000:1000::/home/student:/bin/sh\n")
        (etc / "group").write_text("student:x:1000:\n")
        (etc / "hosts").write_text("127.0.0.1 localhost sealed\n")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.folder / "zygote"))
        listener.listen(128)
        boxes = self.folder / "boxes"
        descriptor = str(listener.fileno())
        command = [sys.executable, "-m", "proctor.sealed.zygote", descriptor]
        seen = str(data) if bwrap is None else paths.DATA
        variables = environment(threads, seen if data else None)
        gpu = self.card.uuid if self.card else ""
        if bwrap is None:
            command += ["unsealed", str(boxes), gpu]
        else:
            (self.folder / "sealed").touch()
            hidden = (Path("/tmp"), Path(paths.HOME))
            kept = [
                str(path)
                for path in bubblewrap.needed()
                if not set(path.parents).isdisjoint(hidden)
            ]
            command += ["sealed", paths.BOXES, gpu, *kept]
            if self.card:
                # What the driver compiles for a card is kept for a submission's other kernels.
                variables |= {"CUDA_CACHE_PATH": "/tmp/.nv", "CUDA_CACHE_MAXSIZE": str(2**26)}
                if self.card.libraries:
                    variables["LD_LIBRARY_PATH"] = self.card.libraries
            command = bubblewrap.command(
                bwrap,
                boxes=boxes,
                etc=etc,
                data=data,
                card=self.card,
                inside=command,
                environment=variables,
            )
            variables = {}
        with listener, open(self.folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,
                env=variables,
            )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        if not ready or self._process.stdout.readline() != b"ready\n":
            words = (self.folder / "log").read_text(errors="replace").strip()[-2000:]
            why = words or "no reason given"
            raise SealError(f"The sealed process did not start: {why}\n{_MEND}")

    @property
    def pid(self) -> int:
        """The process that holds it on this side of the wall."""
        assert self._process is not None
        return self._process.pid

    def alive(self) -> bool:
        """Say whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def sandbox(self, limits: Limits, files: Mapping[str, bytes] | None = None) -> Sandbox:
        """Open a sandbox in it. See :class:`Sandbox`."""
        return Sandbox(self.folder, limits, files)

    def close(self) -> None:
        """End it and every kernel in it, and remove its folder."""
        if self._process is not None:
            assert self._process.stdin is not None and self._process.stdout is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        self._held.close()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Sandbox:
    """One submission's place: its files, and kernels that share them.

    Kernels run on the cores on which the process that makes it may run.

    Args:
        folder: The runtime folder of a zygote.
        limits: The bounds on what it may use.
        files: What lies in its directory at first, by relative path.

    Raises:
        SealError: The zygote is gone or could not make it.
    """

    def __init__(
        self, folder: Path, limits: Limits, files: Mapping[str, bytes] | None = None
    ) -> None:
        self.limits = limits
        self._name = secrets.token_hex(6)
        self._box = folder / "boxes" / self._name
        self._numbers = itertools.count(1)
        self._sealed = (folder / "sealed").exists()
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            (self._box / "files").mkdir(parents=True)
            for name, content in (files or {}).items():
                place = self._box / "files" / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            self._connection.settimeout(START_SECONDS)
            self._connection.connect(str(folder / "zygote"))
            order = {
                "box": self._name,
                "cores": sorted(os.sched_getaffinity(0)),
                "limits": msgspec.structs.asdict(limits),
            }
            deadline = time.monotonic() + START_SECONDS
            wire.send(self._connection, wire.pack(order), deadline)
            trouble = wire.unpack(wire.receive(self._connection, deadline))
        except (OSError, EOFError, wire.WireError) as error:
            self.close()
            raise SealError(f"The sealed process does not answer: {error}. {_MEND}") from error
        if trouble is not None:
            self.close()
            raise SealError(f"{trouble}. {_MEND}")

    def kernel_folder(self) -> Path:
        """Make the folder in which the next kernel will have its sockets."""
        folder = self._box / f"kernel{next(self._numbers)}"
        folder.mkdir()
        # The kernel's user is another one where this process is root.
        folder.chmod(0o777)
        return folder

    def seen_inside(self, path: Path) -> str:
        """The path by which a kernel knows a file in its own folder."""
        return f"{paths.KERNEL}/{path.name}" if self._sealed else str(path)

    def start_kernel(self, folder: Path) -> SealedKernel:
        """Start a kernel on the connection file that lies in ``folder``.

        Raises:
            SealError: It could not be started or sealed.
        """
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with there:
            try:
                socket.send_fds(self._connection, [folder.name.encode()], [there.fileno()])
            except OSError as error:
                here.close()
                raise SealError(f"The sandbox is gone: {error}") from error
        kernel = SealedKernel(here)
        kernel.wait_until_ready()
        return kernel

    def close(self) -> None:
        """End its kernels and remove its files."""
        self._connection.close()
        shutil.rmtree(self._box, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SealedKernel:
    """A running kernel, as its guard lets it be handled.

    Attributes:
        memory: Once it has ended, the most memory that it and what it started had taken, looked
            at ten times a second, in bytes; None if that is not known.
    """

    def __init__(self, channel: socket.socket) -> None:
        self.memory: int | None = None
        self._channel = channel
        self._ended: str | None = None
        self._lock = threading.Lock()

    def wait_until_ready(self) -> None:
        """Wait until its sockets are there.

        Raises:
            SealError: It could not be started or sealed.
        """
        try:
            answer = wire.unpack(wire.receive(self._channel, time.monotonic() + START_SECONDS))
        except (OSError, EOFError, wire.WireError) as error:
            answer = f"its guard is gone: {error}"
        if answer is not None:
            self.close()
            raise SealError(f"The kernel did not start: {answer}")

    def why_it_ended(self, wait: float = 0.0) -> str | None:
        """None while it runs, else why it does not, in words for the student.

        Args:
            wait: How long to wait for it to end, in seconds.
        """
        with self._lock:
            if self._ended is None and select.select([self._channel], [], [], wait)[0]:
                try:
                    last = wire.unpack(wire.receive(self._channel, time.monotonic() + 5))
                    self._ended, self.memory = str(last["why"]), last["memory"]
                except (OSError, EOFError, wire.WireError, TypeError):
                    self._ended = "The kernel ended."
            return self._ended

    def fileno(self) -> int:
        """A descriptor that becomes readable when it ends."""
        return self._channel.fileno()

    def interrupt(self) -> None:
        """Interrupt what it is doing. Does nothing once it has ended."""
        with contextlib.suppress(OSError):
            self._channel.send(b"I")

    def end(self) -> None:
        """End it, if it still runs."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End it and let go of it."""
        if self._ended is None:
            self.end()
            # Its guard answers at once.
            self._ended = self.why_it_ended(CLOSE_SECONDS) or "The kernel was closed."
        self._channel.close()


def _usual_data() -> Path | None:
    named = os.environ.get("TFDS_DATA_DIR")
    return Path(named).resolve() if named and Path(named).is_dir() else None


def _short_folder() -> Path:
    """Where sockets' paths stay under the 107 bytes that Linux allows them."""
    usual = tempfile.gettempdir()
    return Path(usual if len(usual) < 40 else "/tmp")


def _hold(folder: Path) -> IO[bytes]:
    """Lock a runtime folder for as long as this process lives."""
    unlocked = folder / "taking"
    file = unlocked.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    unlocked.rename(folder / _HELD)
    return file


def _sweep(place: Path) -> None:
    """Remove the runtime folders of processes of this user that were killed."""
    for held in place.glob(f"{_PREFIX}*/{_HELD}"):
        with contextlib.suppress(OSError):
            if held.parent.stat().st_uid != os.geteuid():
                continue
            with held.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(held.parent, ignore_errors=True)
