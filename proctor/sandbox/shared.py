"""One zygote for all of a process, started when first needed."""

from __future__ import annotations

import atexit
import threading
from pathlib import Path

from proctor.sandbox.zygote import Zygote

_lock = threading.Lock()
_zygote: Zygote | None = None


def shared_zygote(data: Path | None = None) -> Zygote:
    """The process's zygote; a new one where there is none or it has ended.

    Args:
        data: The folder with the prepared data sets, for a new one.

    Raises:
        SealError: This machine cannot seal kernels.
    """
    global _zygote
    with _lock:
        if _zygote is not None and not _zygote.alive():
            _zygote.close()
            _zygote = None
        if _zygote is None:
            _zygote = Zygote(data=data)
            atexit.register(_zygote.close)
        return _zygote
