"""Compiles every template and parameter file with the Bicep compiler. A warning is a failure."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from ..environments import TEMPLATES
from .tools import run

USED = re.compile(r"(?m)^\s*(?:module\s+\w+|using|import\s.+\sfrom)\s+'([^']+)'")


def checks(root: Path):
    folder = root / TEMPLATES
    return [
        ("bicep: every template compiles without a warning", lambda: compiled(templates(folder), "build")),
        ("bicep: every parameter file fits its template", lambda: compiled(sorted(folder.glob("*.bicepparam")), "build-params")),
    ]


def templates(folder: Path) -> list[Path]:
    """Returns the templates that no other template uses. The compiler follows modules itself."""
    found = sorted([*folder.glob("*.bicep"), *folder.glob("modules/**/*.bicep")])
    used = {(path.parent / name).resolve() for path in found for name in USED.findall(path.read_text(encoding="utf-8"))}
    return [path for path in found if path.resolve() not in used]


def compiled(paths: list[Path], command: str) -> list[str]:
    """Returns the compiler's messages, which name file and line."""
    problems = []
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            done = run("bicep", command, str(path), "--outfile", os.path.join(folder, "out.json"))
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        problems += said or ([f"{path.name}: the compiler fails without a message"] if done.returncode else [])
    return problems
