"""Checks the workflows with actionlint and zizmor: their syntax, their shell scripts and their security."""

from __future__ import annotations

import re
from pathlib import Path

from .tools import lines_unless_clean, run

USES = re.compile(r"(?m)^\s*(?:- )?uses:\s*(\S+)(.*)$")


def checks(root: Path):
    return [
        ("workflows: actionlint", lambda: actionlint(root)),
        ("workflows: zizmor, as strict as it can be", lambda: zizmor(root)),
        ("workflows: actions are pinned by hash, with their version beside it", lambda: loose(root)),
    ]


def files(root: Path) -> list[Path]:
    return sorted(root.glob(".github/workflows/*.yml"))


def actionlint(root: Path) -> list[str]:
    return lines_unless_clean(run("actionlint", "-oneline", *map(str, files(root)), cwd=root))


def zizmor(root: Path) -> list[str]:
    """Runs zizmor without a network. What it would look up at GitHub changes independently of this repository."""
    done = run("zizmor", "--offline", "--no-progress", "--persona", "pedantic", "--format", "plain", ".github", cwd=root)
    return lines_unless_clean(done)


def loose(root: Path) -> list[str]:
    problems = []
    for path in files(root):
        for action, rest in USES.findall(path.read_text(encoding="utf-8")):
            if action.startswith("./"):
                continue
            if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action):
                problems.append(f"{path.name}: {action} is not pinned by its full hash")
            elif not re.fullmatch(r"\s+# v\d+\.\d+\.\d+", rest):
                problems.append(f"{path.name}: {action} does not say its version: # vX.Y.Z")
    return problems
