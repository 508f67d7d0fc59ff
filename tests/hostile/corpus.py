"""All attacks, by class."""

from __future__ import annotations

from tests.hostile import (
    answers,
    comparing,
    eating,
    files,
    forging,
    leaving,
    page,
    protocol,
    reaching,
    reading,
)
from tests.hostile.attack import Attack

CLASSES: dict[str, list[Attack]] = {
    module.__name__.rpartition(".")[2]: module.ATTACKS
    for module in (
        answers,
        comparing,
        forging,
        reading,
        leaving,
        eating,
        protocol,
        reaching,
        page,
        files,
    )
}
ATTACKS = [attack for attacks in CLASSES.values() for attack in attacks]
