"""Runs every check and prints its name and result, then how many there were."""

from __future__ import annotations

import sys
from pathlib import Path

from . import agreements, links, modules, policy, powerbi, report, roles, schemas, settings, tests
from .bicep import Tree


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    tree = Tree.load(root / "infra")
    checks = [("bicep: every file parses", lambda: tree.errors)]
    if not tree.errors:
        checks += modules.checks(tree)
        checks += policy.checks(tree)
        checks += settings.checks(root, tree)
        checks += roles.checks(root, tree)
        checks += agreements.checks(root, tree)
    checks += schemas.checks(root)
    checks += powerbi.checks(root)
    checks += links.checks(root)
    checks += tests.checks()
    return report.run(checks)


if __name__ == "__main__":
    sys.exit(main())
