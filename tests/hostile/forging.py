"""Forged results: files, outputs, messages, points, check cells."""

from __future__ import annotations

import copy
from typing import Any

from tests.hostile.attack import Attack, cell_of, lie

NOTHING = "def double(x): return None\n"
SEND = """
import IPython
kernel = get_ipython().kernel
def send(kind, content, parent=None, channel=None):
    kernel.session.send(channel or kernel.iopub_socket, kind, content,
                        parent=parent or kernel.get_parent("shell"))
"""


def stored_outputs(tree: dict[str, Any]) -> None:
    for cell in tree["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 1
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": "1000.0"},
                }
            ]


def points(tree: dict[str, Any]) -> None:
    for cell in tree["cells"]:
        if "points" in cell["metadata"].get("nbgrader", {}):
            cell["metadata"]["nbgrader"]["points"] = 1000


def check_prints_points(tree: dict[str, Any]) -> None:
    cell_of(tree, "doubles")["source"] = "4.0"


def duplicated(tree: dict[str, Any]) -> None:
    check = copy.deepcopy(cell_of(tree, "doubles"))
    check["source"] = "4.0"
    tree["cells"] += [check, check]


def deleted(tree: dict[str, Any]) -> None:
    tree["cells"] = [cell for cell in tree["cells"] if cell["id"] != "doubles"]


def retyped(tree: dict[str, Any]) -> None:
    cell = cell_of(tree, "doubles")
    cell["cell_type"] = "raw"
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)


def own_check(tree: dict[str, Any]) -> None:
    cell = copy.deepcopy(cell_of(tree, "doubles"))
    cell["source"] = "1000.0"
    cell["metadata"]["nbgrader"].update(grade_id="bonus", points=1000)
    tree["cells"].append(cell)


def solution_as_check(tree: dict[str, Any]) -> None:
    cell_of(tree, "double")["metadata"]["nbgrader"].update(grade=True, points=1000, solution=False)


def names_exchanged(tree: dict[str, Any]) -> None:
    one, other = (cell_of(tree, name)["metadata"]["nbgrader"] for name in ("doubles", "squares"))
    one["grade_id"], other["grade_id"] = other["grade_id"], one["grade_id"]


def told_already(tree: dict[str, Any]) -> None:
    check = {"id": "doubles", "score": 4.0, "max_score": 4.0, "tests": []}
    tree["metadata"]["proctor"] = {
        "slug": "tiny",
        "student": "honest-first",
        "seconds": 0,
        "problems": [],
        "checks": [check],
    }


ATTACKS: list[Attack] = [
    lie(
        "result-files",
        "Files with the names that results might have.",
        NOTHING
        + """
import os
for folder in (".", "/tmp", "/run/proctor", "/data", os.path.expanduser("~")):
    for name in ("result.json", "results.xml", "marks.json", "gradebook.db", "tiny.ipynb"):
        try:
            with open(os.path.join(folder, name), "w") as file:
                file.write('{"score": 1000, "max_score": 4, "passed": true}')
        except OSError:
            pass
""",
    ),
    lie("stored-outputs", "Points as stored outputs.", NOTHING, change=stored_outputs),
    lie("points-edited", "Points in the metadata.", NOTHING, change=points),
    lie(
        "check-prints-points",
        "The check cell's text is a number, as nbgrader's partial credit is.",
        NOTHING,
        change=check_prints_points,
        says="original text was put back",
    ),
    lie(
        "check-duplicated",
        "The check is there three times, twice with another text.",
        NOTHING,
        change=duplicated,
        says="more than once",
    ),
    lie("check-deleted", "There is no check.", NOTHING, change=deleted, says="was put back"),
    lie("check-retyped", "The check is a raw cell.", NOTHING, change=retyped, says="put back"),
    lie("check-of-ones-own", "A check more, of 1000 points.", NOTHING, change=own_check),
    lie("solution-as-check", "A solution calls itself a check.", NOTHING, change=solution_as_check),
    lie("names-exchanged", "Two checks have exchanged names.", NOTHING, change=names_exchanged),
    lie("told-already", "The notebook says that it was graded.", NOTHING, change=told_already),
    lie(
        "spoofed-result",
        "Messages of the kernel's own hand: an execute_result with points in every check.",
        SEND
        + NOTHING
        + """
def after(result):
    send("execute_result", {"execution_count": 1, "data": {"text/plain": "4.0"}, "metadata": {}})
get_ipython().events.register("post_run_cell", after)
""",
    ),
    lie(
        "spoofed-idle",
        "The kernel says that it is idle before a cell has run, and goes on.",
        SEND
        + NOTHING
        + """
import threading, time
parent = kernel.get_parent("shell")
send("status", {"execution_state": "idle"}, parent)
send("status", {"execution_state": "starting"}, parent)
send("status", {"execution_state": 7}, parent)
""",
        harms_itself=True,
    ),
    lie(
        "spoofed-replies",
        "Replies on the shell channel to requests that nobody has made, of all wrong forms.",
        SEND
        + NOTHING
        + """
for content in ({}, {"status": "ok"}, {"status": "error"}, {"status": []}, [], "ok", None, 7):
    for kind in ("execute_reply", "kernel_info_reply", "shutdown_reply", "nonsense"):
        try:
            send(kind, content)
            kernel.session.send(kernel.shell_stream, kind, content, ident=b"x")
        except Exception:
            pass
""",
        harms_itself=True,
    ),
    lie(
        "malformed-messages",
        "Messages that are not what the protocol says, on the channel for outputs.",
        SEND
        + NOTHING
        + """
for kind, content in (
    ("stream", {}), ("stream", {"name": 7, "text": []}), ("display_data", {"data": 1}),
    ("display_data", {"data": {"text/plain": {"a": 1}}, "metadata": []}),
    ("error", {"ename": {}, "evalue": [], "traceback": 5}), ("error", {}),
    ("update_display_data", {"transient": {"display_id": "x"}}), ("clear_output", {"wait": "?"}),
    ("comm_open", {"comm_id": "x", "target_name": "y", "data": {}}), ("comm_msg", {}),
    ("execute_input", {}), ("", {}), ("execute_result", None),
):
    send(kind, content)
kernel.iopub_socket.send_multipart([b"", b"<IDS|MSG>", b"", b"{", b"}", b"[]", b"nothing"])
kernel.iopub_socket.send_multipart([b"x"])
""",
        harms_itself=True,
    ),
]
