"""Lets Jupyter start kernels that have TensorFlow loaded already."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from proctor.lab.zygote import ForkedKernel, ForkError, shared_zygote

# What comes before ipykernel's own arguments: python -m ipykernel_launcher.
_LAUNCHER = 3


class FastProvisioner(LocalProvisioner):
    """Forks an ordinary kernel from this process's zygote; where that does not work, starts it
    the ordinary way."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        folder = str(kwargs.get("cwd") or Path.cwd())
        environment = kwargs.get("env") or os.environ

        def fork() -> ForkedKernel:
            return shared_zygote().fork(cmd[_LAUNCHER:], folder, environment)

        try:
            self.process = await asyncio.to_thread(fork)
        except ForkError as error:
            self.log.warning("This kernel starts the ordinary way: %s.", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = folder
        return self.connection_info
