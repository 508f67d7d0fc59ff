"""Lets Jupyter start sealed kernels: papermill, nbclient, nbgrader and JupyterLab alike."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerBase

from proctor.limits import Limits
from proctor.sandbox.shared import shared_zygote
from proctor.sandbox.zygote import Sandbox, SealedKernel
from proctor.sealed import paths

KERNELSPEC = Path(__file__).parent / "kernelspec"
_PORTS = ("shell", "iopub", "stdin", "hb", "control")


def kernel_spec() -> KernelSpec:
    """The kernelspec that leads to this provisioner, installed or not."""
    return KernelSpec.from_resource_dir(str(KERNELSPEC))


class SealedProvisioner(KernelProvisionerBase):
    """Starts a kernel in a sandbox, reached over Unix sockets.

    ``start_kernel(sandbox=…)`` puts it into a sandbox that is there already;
    otherwise it gets one of its own in this process's shared zygote.
    """

    kernel: SealedKernel | None = None
    folder: Path | None = None
    _sandbox: Sandbox | None = None
    _own_sandbox: Sandbox | None = None

    @property
    def has_process(self) -> bool:
        return self.kernel is not None

    async def poll(self) -> int | None:
        if self.kernel is None:
            return 0
        return None if self.kernel.why_it_ended() is None else 1

    async def wait(self) -> int | None:
        while (status := await self.poll()) is None:
            await asyncio.sleep(0.05)
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None
        return status

    async def send_signal(self, signum: int) -> None:
        if self.kernel is None:
            return
        if signum == signal.SIGINT:
            self.kernel.interrupt()
        elif signum in (signal.SIGTERM, signal.SIGKILL):
            self.kernel.end()

    async def kill(self, restart: bool = False) -> None:
        if self.kernel is not None:
            self.kernel.end()

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        sandbox = kwargs.pop("sandbox", None)
        if sandbox is None:
            if self._own_sandbox is None:
                zygote = await asyncio.to_thread(shared_zygote)
                self._own_sandbox = await asyncio.to_thread(zygote.sandbox, Limits())
            sandbox = self._own_sandbox
        if self.folder is None or sandbox is not self._sandbox:
            # After a restart, clients look for the new kernel where the old one was.
            self._sandbox, self.folder = sandbox, sandbox.kernel_folder()
        manager = self.parent
        manager.transport = "ipc"
        manager.ip = str(self.folder / paths.IPC)
        for number, name in enumerate(_PORTS, start=1):
            setattr(manager, f"{name}_port", number)
        self.connection_info = manager.get_connection_info()
        inside = {
            **self.connection_info,
            "ip": sandbox.seen_inside(self.folder / paths.IPC),
            "key": manager.session.key.decode(),
        }
        (self.folder / paths.CONNECTION_FILE).write_text(json.dumps(inside))
        return await super().pre_launch(cmd=self.kernel_spec.argv, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        assert self._sandbox is not None and self.folder is not None
        self.kernel = await asyncio.to_thread(self._sandbox.start_kernel, self.folder)
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        if self._own_sandbox is not None and not restart:
            self._own_sandbox.close()
            self._own_sandbox = None
