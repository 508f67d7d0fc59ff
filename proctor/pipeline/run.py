"""One run of a notebook, by papermill, whose kernel then waits for the judge."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import socket
import threading
from typing import Any

from nbformat import NotebookNode
from papermill.engines import papermill_engines

from proctor.judge.errors import StudentStopped
from proctor.limits import Limits
from proctor.pipeline.client import Record
from proctor.sandbox.provisioner import SealedProvisioner
from proctor.sandbox.zygote import Sandbox
from proctor.sealed import paths


class NotebookRun:
    """One run of a notebook whose kernel then waits for the judge. It is a judge's ``Kernel``.

    Args:
        notebook: The notebook; it is not changed.
        sandbox: Where to run it.
        limits: The bounds on it.
        deadline: When the submission's time is over (``time.monotonic``).
        slow: Cells that get little time, because they had to be stopped before.
        skip: Cells that are left out, because they killed the kernel before.

    Attributes:
        notebook: The notebook with its outputs.
        record: What happened.

    Raises:
        SealError: No kernel could be started: a fault of ours, not the student's.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        sandbox: Sandbox,
        limits: Limits,
        deadline: float,
        slow: frozenset[int] = frozenset(),
        skip: frozenset[int] = frozenset(),
    ) -> None:
        self.sandbox = sandbox
        self.limits = limits
        self.deadline = deadline
        self.slow = slow
        self.skip = skip
        self.notebook = copy.deepcopy(notebook)
        self.notebook.metadata["papermill"] = {}
        self.record = Record()
        self._provisioner: SealedProvisioner | None = None
        self._close: Any = None
        self._trouble: BaseException | None = None
        self._listener: socket.socket | None = None
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._execute, daemon=True)
        self._thread.start()
        self._settled.wait()
        if self._trouble is not None:
            self._thread.join()
            raise self._trouble

    def _execute(self) -> None:
        try:
            # Not its `execute_notebook`, which writes the notebook as JSON three times, to no file.
            papermill_engines.execute_notebook_with_engine(
                "proctor", self.notebook, "proctor-sealed", progress_bar=False, run=self
            )
        except BaseException as error:
            self._trouble = error
        finally:
            self._settled.set()

    def started(self, provisioner: SealedProvisioner, closed: asyncio.Event) -> None:
        """The notebook has run and its agent is about to answer (called by the engine)."""
        assert provisioner.folder is not None
        loop = asyncio.get_running_loop()
        self._close = lambda: loop.call_soon_threadsafe(closed.set)
        self._provisioner = provisioner
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = provisioner.folder / paths.AGENT_SOCKET
        self._listener.bind(str(path))
        path.chmod(0o777)
        self._listener.listen(1)
        self._settled.set()

    @property
    def ready(self) -> bool:
        """Whether the notebook came to its end and its kernel waits for the judge."""
        return self._listener is not None

    def connect(self) -> socket.socket:
        """Return the connection to its agent.

        Raises:
            StudentStopped: The agent does not come.
        """
        if self._listener is None:
            raise StudentStopped(self.why_it_ended() or "The kernel ended.")
        self._listener.settimeout(10)
        try:
            connection, _ = self._listener.accept()
        except TimeoutError:
            words = self.why_it_ended() or "After your notebook ran, its kernel did not answer."
            raise StudentStopped(words) from None
        return connection

    def interrupt(self) -> None:
        """Interrupt what its kernel is doing."""
        if self._provisioner and self._provisioner.kernel:
            self._provisioner.kernel.interrupt()

    def why_it_ended(self) -> str | None:
        """Why its kernel is no longer running, as far as that is known."""
        if self.record.ends and self.record.ends[-1].killed:
            return self.record.ends[-1].words
        if self._provisioner and self._provisioner.kernel:
            return self._provisioner.kernel.why_it_ended(wait=1.0)
        return None

    def close(self) -> None:
        """End its kernel."""
        if self._close is not None:
            with contextlib.suppress(RuntimeError):
                self._close()
        if self._listener is not None:
            self._listener.close()
        self._thread.join()
