"""What a course says of itself in ``course_config.py``, under ``c.Course``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from proctor.limits import Limits


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of a course; ``c.Course.data = "data"`` sets ``data``.

    Attributes:
        exercises: The exercises, in the order in which students meet them. Each is a folder
            in ``source/`` and one in ``graders/``.
        data: The folder of the prepared data sets, seen from the course's own. Kernels and
            JupyterLab are shown it, where ``tfds.load`` looks. None if no exercise needs one.
        limits: What a submission may use before it is stopped: those of the limits below that
            are to be others than usual, by name, such as ``{"memory_mb": 4000}``.
    """

    exercises: list[str] = []
    data: str | None = None
    limits: Limits = Limits()


def read_settings(section: Mapping[str, Any]) -> Settings:
    """Settings from what a configuration file holds.

    Raises:
        ValueError: A setting that there is not, or a value of the wrong kind.
    """
    return msgspec.convert(dict(section), Settings)
