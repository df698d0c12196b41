"""Checks the Dockerfiles with hadolint, and that the registry's own builder can build those that azd sends to it."""

from __future__ import annotations

import re
from pathlib import Path

from ..schemas import load
from .tools import lines_unless_clean, run

# Azure Container Registry builds without BuildKit (https://github.com/Azure/acr/issues/721).
BUILDKIT = re.compile(r"(?m)^(RUN\s+--mount|COPY\s.*--chmod|COPY\s.*--link|ADD\s.*--checksum|RUN\s+<<|COPY\s+<<).*$")


def checks(root: Path):
    return [
        ("docker: hadolint", lambda: hadolint(root)),
        ("docker: what azd lets the registry build needs no BuildKit", lambda: buildkit(root)),
    ]


def hadolint(root: Path) -> list[str]:
    found = sorted(root.glob("deploy/containers/*.Dockerfile"))
    return lines_unless_clean(run("hadolint", "--no-color", *(str(path.relative_to(root)) for path in found), cwd=root))


def buildkit(root: Path) -> list[str]:
    problems = []
    for service in load(root / "azure.yaml").get("services", {}).values():
        docker = service.get("docker", {})
        if docker.get("remoteBuild"):
            text = (root / service.get("project", ".") / docker["path"]).read_text(encoding="utf-8")
            problems += [f"{docker['path']}: {match.group(0)[:80]}" for match in BUILDKIT.finditer(text)]
    return problems
