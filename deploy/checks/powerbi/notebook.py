"""Checks the notebook that restarts the mirror: the order of its calls to a mirror that needs some time to stop and start."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

NOTEBOOK = "DarkroomRetention.Notebook/notebook-content.py"


class Mirror:
    """Stands in for Fabric's REST API. It reports each change only at the second request."""

    def __init__(self, status: str):
        self.statuses = [status]
        self.calls: list[str] = []

    def request(self, method: str, path: str) -> SimpleNamespace:
        verb = path.rsplit("/", 1)[-1]
        if method == "GET":
            return answer({"value": [{"displayName": "other", "id": "0"}, {"displayName": "darkroom", "id": "1"}]})
        if verb == "getMirroringStatus":
            status = self.statuses[0]
            self.statuses = self.statuses[1:] or self.statuses
            return answer({"status": status})
        if verb == "startMirroring" and self.statuses[0] not in ("Stopped", "Initialized"):
            self.calls.append(f"started while {self.statuses[0]}")
        self.calls.append(f"{path.split('/')[-2]}/{verb}")
        self.statuses = ["Stopping", "Stopped"] if verb == "stopMirroring" else ["Starting", "Running"]
        return answer(None)


def answer(body: object) -> SimpleNamespace:
    return SimpleNamespace(content=b"" if body is None else b"x", json=lambda: body, raise_for_status=lambda: None)


def check(project: Path) -> list[str]:
    code = compile((project / NOTEBOOK).read_text(encoding="utf-8"), NOTEBOOK, "exec")
    return runs(code)


def runs(code: object) -> list[str]:
    wanted = {"Running": ["1/stopMirroring", "1/startMirroring"], "Stopped": ["1/startMirroring"]}
    made = {status: calls(code, Mirror(status)) for status in wanted}
    return [f"a mirror that is {status}: {made[status]}, not {right}" for status, right in wanted.items() if made[status] != right]


def calls(code: object, mirror: Mirror) -> list[str]:
    fabric = ModuleType("sempy.fabric")
    fabric.FabricRestClient = lambda: mirror
    fabric.get_workspace_id = lambda: "w"
    sempy = ModuleType("sempy")
    sempy.fabric = fabric
    with patch.dict(sys.modules, {"sempy": sempy, "sempy.fabric": fabric}), patch.object(time, "sleep"):
        exec(code, {"print": lambda *_: None})
    return mirror.calls
