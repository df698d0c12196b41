"""Checks the script that creates the mirror: what it sends to Fabric, and that it does not create a second mirror.

Fabric exists only in Microsoft's cloud, so a stand-in for `az` (az_stand_in.py) records what it is given.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

AZ = Path(__file__).with_name("az_stand_in.py")


def check(root: Path) -> list[str]:
    script = (root / "deploy/powerbi/mirror.sh").read_text(encoding="utf-8")
    return runs(script) + (["it makes a mirror without a connection"] if starts_without_connection(script) else [])


def runs(script: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        prepare(place, script)
        first, second = (run(place, "cosmos-a") for _ in range(2))
        sent = [json.loads(line) for line in (place / "sent").read_text(encoding="utf-8").splitlines()]
    problems = [f"it ends with {one}" for one in (first, second) if one != 0]
    made = [one["body"] for one in sent if one["url"].endswith("/mirroredDatabases")]
    started = [one["url"] for one in sent if one["url"].endswith("/startMirroring")]
    if len(made) != 1 or len(started) != 1:
        return [*problems, f"it makes {len(made)} mirrors and starts {len(started)}"]
    parts = {part["path"]: json.loads(base64.b64decode(part["payload"])) for part in made[0]["definition"]["parts"]}
    properties = parts["mirroring.json"]["properties"]
    wanted = {
        "the source": (properties["source"], {"type": "CosmosDb", "typeProperties": {"connection": "right", "database": "darkroom"}}),
        "the days that old files stay": (properties["target"]["typeProperties"].get("retentionInDays"), 1),
        "the item": (parts[".platform"]["metadata"], {"type": "MirroredDatabase", "displayName": "darkroom"}),
    }
    return problems + [f"{name} is {given}" for name, (given, right) in wanted.items() if given != right]


def starts_without_connection(script: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), script)
        return run(Path(folder), "cosmos-b") == 0


def prepare(place: Path, script: str) -> None:
    (place / "mirror.sh").write_text(script, encoding="utf-8")
    stand_in(place, "az", f'exec "{sys.executable}" "{AZ}" "$@"')
    stand_in(place, "sleep", ":")


def stand_in(place: Path, name: str, command: str) -> None:
    path = place / name
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    path.chmod(0o755)


def run(place: Path, account: str) -> int:
    environment = os.environ | {"PATH": f"{place}:{os.environ['PATH']}", "STATE": str(place)}
    return subprocess.run(["sh", place / "mirror.sh", account, "w"], env=environment, capture_output=True, timeout=60, check=False).returncode
