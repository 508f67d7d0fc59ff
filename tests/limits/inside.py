"""Runs the cases that exceed limits, once a probe has shown that kernels are sealed.

Started by ``test_limits.py`` in namespaces of its own, so that a hole in the sealing
reaches nothing. Prints one JSON object a case.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

from proctor.judge.remote import Clock, Namespace
from proctor.limits import Limits
from proctor.pipeline.run import NotebookRun
from proctor.sandbox.doctor import probe
from proctor.sandbox.zygote import Zygote
from tests.limits.cases import CASES


def run(zygote: Zygote, limits: Limits, code: str) -> dict[str, Any]:
    """Run one case and say what came of it."""
    notebook = new_notebook(cells=[new_code_cell("result = None"), new_code_cell(code)])
    start = time.monotonic()
    with zygote.sandbox(limits) as sandbox:
        clock = Clock(Limits())
        done = NotebookRun(notebook, sandbox, limits, start + limits.submission_seconds)
        came = {
            "ends": [[end.words, end.killed] for end in done.record.ends],
            "cut": done.record.output_cut,
            "kept": len(json.dumps(done.notebook)),
            "result": None,
        }
        if done.ready:
            space = Namespace(lambda: done, clock)
            came["result"] = space.result
            space.close()
        else:
            done.close()
    came["seconds"] = time.monotonic() - start
    return came


def main() -> None:
    """Probe, then run every case, then probe again."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**32, 2**32))
    resource.setrlimit(resource.RLIMIT_CPU, (900, 900))
    with Zygote() as zygote:
        findings, _ = probe(zygote)
        if not findings.sealed:
            sys.exit(f"not sealed: {findings}")
        for name, (limits, code) in CASES.items():
            print(json.dumps({"name": name, **run(zygote, limits, code)}), flush=True)
        findings, _ = probe(zygote)
        print(json.dumps({"name": "afterwards", "sealed": findings.sealed}), flush=True)


if __name__ == "__main__":
    main()
