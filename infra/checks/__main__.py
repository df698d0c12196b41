"""Runs every check and prints its name and result, then how many there were."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from . import agreements, confluent, links, modules, policy, powerbi, roles, schemas, settings, tests
from .bicep import Tree


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    started = time.monotonic()
    tree = Tree.load(root / "infra")
    checks = [("bicep: every file parses", lambda: tree.errors)]
    if not tree.errors:
        checks += modules.checks(tree)
        checks += policy.checks(tree)
        checks += settings.checks(root, tree)
        checks += roles.checks(root, tree)
        checks += agreements.checks(root, tree)
    checks += schemas.checks(root)
    checks += confluent.checks(root)
    checks += powerbi.checks(root)
    checks += links.checks(root)
    checks += tests.checks()

    failed = 0
    for name, check in checks:
        problems = check()
        print(f"{'FAILED' if problems else 'ok':6}  {name}")
        for problem in problems:
            print(f"        {problem}")
        failed += bool(problems)
    passed = len(checks) - failed
    seconds = time.monotonic() - started
    print(f"{len(checks)} checks, {passed} passed, {failed} failed, in {seconds:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
