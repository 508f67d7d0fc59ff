"""Executes the cells of a stranger's notebook in a sealed kernel, whatever they do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

import nbformat
import zmq
import zmq.asyncio
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient

from proctor.limits import Limits
from proctor.sandbox.provisioner import SealedProvisioner, kernel_spec
from proctor.sandbox.zygote import Sandbox, SealError

GRACE_SECONDS = 2.0
AGENT_CELL = "__import__('proctor.sealed.agent', fromlist=['serve']).serve()"
_MESSAGE_BYTES = 4 * 1024 * 1024
_MESSAGES_WAITING = 200
_MESSAGES = 20_000


@dataclass
class CellEnd:
    """How a cell came to an end other than by itself.

    Attributes:
        index: Its place in the notebook.
        words: What happened, for the student.
        killed: Whether the kernel died of it.
    """

    index: int
    words: str
    killed: bool


@dataclass
class Record:
    """What a run of a notebook found out, besides the outputs in the notebook.

    Attributes:
        ends: The cells that had to be stopped or ended the kernel.
        output_cut: Whether outputs were dropped for being too many.
        finished: Whether the run came to the end of the notebook.
        memory: See :class:`proctor.sandbox.zygote.SealedKernel`.
    """

    ends: list[CellEnd] = field(default_factory=list)
    output_cut: bool = False
    finished: bool = False
    memory: int | None = None


class SealedClient(PapermillNotebookClient):
    """Executes a notebook's cells, whatever they do, within the limits."""

    def __init__(self, nb_man: Any, limits: Limits, record: Record, **options: Any) -> None:
        manager = AsyncKernelManager(config=options.get("config"))
        manager._kernel_spec = kernel_spec()
        # A reply of any size would otherwise be read whole.
        manager.context.setsockopt(zmq.MAXMSGSIZE, _MESSAGE_BYTES)
        manager.context.setsockopt(zmq.RCVHWM, _MESSAGES_WAITING)
        super().__init__(
            nb_man,
            km=manager,
            raise_on_iopub_timeout=False,
            allow_errors=True,
            timeout=None,
            coalesce_streams=True,
            store_widget_state=False,
            **options,
        )
        self.limits = limits
        self.record = record
        self._bytes_left = limits.output_mb * 10**6
        self._messages_left = _MESSAGES
        self._ended = asyncio.Event()

    @property
    def provisioner(self) -> SealedProvisioner:
        """The kernel's provisioner, which knows whether and why it ended."""
        assert self.km is not None and isinstance(self.km.provisioner, SealedProvisioner)
        return self.km.provisioner

    @contextlib.asynccontextmanager
    async def kernel(self, sandbox: Sandbox | None) -> Any:
        """Start the kernel, connect to it, and end it in the end."""
        assert self.km is not None
        options = {} if sandbox is None else {"sandbox": sandbox}
        await self.km.start_kernel(**options)
        kernel = self.provisioner.kernel
        assert kernel is not None
        loop = asyncio.get_running_loop()
        loop.add_reader(kernel.fileno(), self._ended.set)
        try:
            self.kc = self.km.client()
            self.kc.allow_stdin = False
            self.kc.start_channels(hb=False)
            await self._connected()
            self.reset_execution_trackers()
            yield
        finally:
            loop.remove_reader(kernel.fileno())
            if self.kc is not None:
                self.kc.stop_channels()
            kernel.close()
            self.record.memory = kernel.memory
            await self.km._async_cleanup_resources()

    async def _connected(self) -> None:
        """Wait until both of the kernel's channels that matter have been heard."""
        assert self.kc is not None
        self.kc.kernel_info()
        channels = (self.kc.shell_channel, self.kc.iopub_channel)
        heard: asyncio.Future[Any] = asyncio.ensure_future(
            asyncio.gather(*(channel.get_msg(timeout=None) for channel in channels))
        )
        ended: asyncio.Future[Any] = asyncio.ensure_future(self._ended.wait())
        await asyncio.wait({heard, ended}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not heard.done():
            heard.cancel()
            why = self.provisioner.kernel and self.provisioner.kernel.why_it_ended()
            raise SealError(f"The kernel does not answer: {why or 'no reason given'}")

    async def run_cells(self, slow: frozenset[int], skip: frozenset[int], deadline: float) -> None:
        """Execute all cells.

        Args:
            slow: Cells that had to be stopped in an earlier run: they get little time.
            skip: Cells that killed the kernel in an earlier run.
            deadline: When the submission's time is over (``time.monotonic``).
        """
        seconds = self.limits.cell_seconds
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type != "code" or index in skip:
                continue
            self.nb_man.cell_start(cell, index)
            allowed = GRACE_SECONDS if index in slow else seconds
            end = await self._run_cell(cell, index, min(allowed, deadline - time.monotonic()))
            self.nb_man.cell_complete(cell, cell_index=index)
            if end is not None:
                self.record.ends.append(end)
                cell.outputs.append(_error(end.words))
                if end.killed:
                    return
                # One cell that hangs is often followed by others that call the same code.
                seconds = min(seconds, 5.0)
        self.record.finished = True

    async def _run_cell(self, cell: NotebookNode, index: int, seconds: float) -> CellEnd | None:
        assert self.km is not None
        task = asyncio.ensure_future(self.async_execute_cell(cell, index))
        ended = asyncio.ensure_future(self._ended.wait())
        words = None
        try:
            await asyncio.wait({task, ended}, timeout=max(seconds, 0.1), return_when=_FIRST)
            if not task.done() and not ended.done():
                words = f"This cell was still running after {seconds:.0f} s and was stopped."
                await self.km.interrupt_kernel()
                await asyncio.wait({task, ended}, timeout=GRACE_SECONDS, return_when=_FIRST)
            if ended.done():
                kernel = self.provisioner.kernel
                return CellEnd(index, str(kernel and kernel.why_it_ended()), killed=True)
            if not task.done():
                await self.provisioner.kill()
                return CellEnd(index, f"{words} It could not be interrupted.", killed=True)
            if task.exception() is not None:
                await self.provisioner.kill()
                words = f"This cell broke the kernel's protocol ({task.exception()!r})."
                return CellEnd(index, words, killed=True)
            return CellEnd(index, words, killed=False) if words else None
        finally:
            ended.cancel()
            if not task.done():
                task.cancel()
                with contextlib.suppress(DeadKernelError, asyncio.CancelledError):
                    await task

    async def answer_judge(self, closed: asyncio.Event) -> None:
        """Keep the agent answering until ``closed`` is set or the kernel ends."""
        cell = nbformat.v4.new_code_cell(AGENT_CELL)
        # Past the notebook's end, so that it cannot touch the notebook's cells.
        task = asyncio.ensure_future(self.async_execute_cell(cell, len(self.nb.cells)))
        waits = [asyncio.ensure_future(event.wait()) for event in (closed, self._ended)]
        await asyncio.wait(waits, return_when=_FIRST)
        for wait in waits:
            wait.cancel()
        task.cancel()
        with contextlib.suppress(DeadKernelError, asyncio.CancelledError, IndexError):
            await task

    def process_message(self, msg: Any, cell: Any, cell_index: Any) -> Any:
        """Take a message of the kernel's, if it has the right form and there is room for it."""
        if msg["msg_type"] not in ("status", "execute_input"):
            self._bytes_left -= len(json.dumps(msg["content"]))
            self._messages_left -= 1
            if self._bytes_left < 0 or self._messages_left < 0:
                self.record.output_cut = True
                return None
        try:
            return super().process_message(msg, cell, cell_index)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError):
            # Student code can send messages of its own, of any form.
            return None


_FIRST = asyncio.FIRST_COMPLETED


def _error(words: str) -> NotebookNode:
    return nbformat.v4.new_output("error", ename="Stopped", evalue=words, traceback=[words])
