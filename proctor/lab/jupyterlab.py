"""Opens JupyterLab as the students of a course have it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

# Its kernel takes python3's place, so that every notebook starts fast as it is.
JUPYTER = Path(__file__).parent / "jupyter"


def lab_command(folder: Path, start: str, options: Sequence[str] = ()) -> list[str]:
    """The command that opens JupyterLab on a folder.

    Args:
        folder: The folder.
        start: The file in it that is opened first.
        options: More options of ``jupyter lab``.
    """
    words = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}"]
    words += [f"--LabApp.default_url=/lab/tree/{start}"]
    if sys.platform != "win32" and os.geteuid() == 0:
        words += ["--allow-root"]
    return [*words, *options]


def lab_environment(data: Path | None) -> dict[str, str]:
    """The environment for it: this process's, and what makes kernels start fast.

    Args:
        data: The folder with the prepared data sets, if there are any.
    """
    variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        variables[name] = _before(JUPYTER, os.environ, name)
    if data is not None:
        variables["TFDS_DATA_DIR"] = str(data)
    return variables


def open_lab(
    root: Path, folder: Path, start: str, data: Path | None, options: Sequence[str] = ()
) -> NoReturn:
    """Become JupyterLab.

    Args:
        root: The folder with ``nbgrader_config.py``, which the Validate button goes by.
        folder: See :func:`lab_command`, as for the rest.
    """
    os.chdir(root)
    command = lab_command(folder, start, options)
    os.execve(command[0], command, lab_environment(data))


def _before(folder: Path, variables: Mapping[str, str], name: str) -> str:
    return os.pathsep.join([str(folder), *filter(None, [variables.get(name)])])
