"""ipykernel as sealed kernels run it: nobody configures it, and it looks at nothing it need not."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ipykernel import ipkernel
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config


class Stream(OutStream):
    """Standard output or error."""

    def flush(self) -> None:
        """Send what waits, if anything does.

        ipykernel asks for it four times a cell, and another thread has to answer each time.
        """
        if self._flush_pending or self._subprocess_flush_pending:
            super().flush()


class SealedApp(IPKernelApp):
    """An ipykernel without a command line, files of settings, or code to begin with."""

    def parse_command_line(self, argv: Any = None) -> None:
        """There is none, and to make a parser for one takes a tenth of a kernel's start."""

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Where it would look, a submission's own files may lie."""

    def init_code(self) -> None:
        """Run nothing; and note no modules for ``%reset aggressive``, which then says so."""


def make(connection_file: str) -> SealedApp:
    """An application with its sockets made, not yet listening.

    Args:
        connection_file: The path of Jupyter's file with the sockets' addresses.
    """
    application = SealedApp.instance(
        log_level=logging.ERROR,
        connection_file=connection_file,
        outstream_class=f"{__name__}.{Stream.__name__}",
        # No history, and no rest after each cell: who listens here waits for the last output.
        config=Config(HistoryManager={"enabled": False}, IPythonKernel={"_execute_sleep": 0.0}),
    )
    with _no_list_of_modules():
        application.initialize([])
    # Its handler drops what is below its own level, but only once a record has been made.
    application.log.setLevel(application.log_level)
    return application


@contextlib.contextmanager
def _no_list_of_modules() -> Iterator[None]:
    """Hide from ipykernel which modules there are.

    It lists them for a debugger, which no sealed kernel has; to look at some thousands of them
    copies as many pages that were the zygote's.
    """
    real = ipkernel.sys
    ipkernel.sys = SimpleNamespace(**{**vars(real), "modules": {}})
    try:
        yield
    finally:
        ipkernel.sys = real
