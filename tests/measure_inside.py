"""Lets coverage.py see behind the walls: a plugin of pytest's that ``make coverage`` loads.

Zygotes and all that is forked from them are measured, and write what they found into a folder
that they otherwise would not see. Kernels are slower then, and have one more place to write to:
what tests limits and walls says nothing there.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proctor.judge.errors import StudentError, StudentStopped
from proctor.judge.remote import Link, Namespace
from proctor.judge.ship import source_of
from proctor.sandbox import bubblewrap, zygote

PROJECT = Path(__file__).parent.parent
_INSIDE = "/run/measured"


@pytest.fixture(scope="session", autouse=True)
def measured() -> Iterator[None]:
    """Measure what runs behind walls that are built from now on."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The kernel's user is another one where this process is root.
        folder.chmod(0o777)
        shutil.copy(PROJECT / "pyproject.toml", folder)
        _open_walls(patch, folder)
        patch.setattr(Link, "close", _close)
        patch.setattr(Namespace, "start_test", _start_test)
        yield
        for found in folder.glob(".coverage.*"):
            shutil.move(found, PROJECT)


def _open_walls(patch: pytest.MonkeyPatch, folder: Path) -> None:
    environment, command = zygote.environment, bubblewrap.command

    def with_variables(*arguments: Any) -> dict[str, str]:
        return environment(*arguments) | _variables(str(folder))

    def with_folder(bwrap: str, **options: Any) -> list[str]:
        options["environment"] |= _variables(_INSIDE)
        words = command(bwrap, **options)
        place = words.index("--clearenv")
        return [*words[:place], "--bind", str(folder), _INSIDE, *words[place:]]

    patch.setattr(zygote, "environment", with_variables)
    patch.setattr(bubblewrap, "command", with_folder)


def _variables(folder: str) -> dict[str, str]:
    """What makes coverage.py start with Python, and write there."""
    return {
        "COVERAGE_PROCESS_START": f"{folder}/pyproject.toml",
        "COVERAGE_FILE": f"{folder}/.coverage",
    }


def _close(link: Link, close: Any = Link.close) -> None:
    _ask_to_save(link)
    close(link)


def _start_test(space: Namespace, start_test: Any = Namespace.start_test) -> None:
    if space._current is not None:
        _ask_to_save(space._current)
    start_test(space)


def _ask_to_save(link: Link) -> None:
    """Let a kernel, which is going to be killed, write what it has found up to now."""
    with contextlib.suppress(StudentError, StudentStopped):
        if link.ended is None:
            link.request("call", link.request("ship", "_save", source_of(_save)), (), {})


def _save() -> None:
    __import__("coverage").Coverage.current().save()
