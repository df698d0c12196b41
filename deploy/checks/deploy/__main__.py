"""Runs all checks of the deployment that need a large tool: `./dev check deploy [--update]`."""

from __future__ import annotations

import sys
from pathlib import Path

from .. import report
from . import azd, azure_cli, checkov, compiler, dockerfiles, predictions, terraform, tests, workflows
from .tools import guarded


def main() -> int:
    root = Path(__file__).resolve().parents[3]
    checks = compiler.checks(root)
    checks += predictions.checks(root, update="--update" in sys.argv[1:])
    checks += checkov.checks(root)
    checks += azure_cli.checks(root)
    checks += workflows.checks(root)
    checks += azd.checks(root)
    checks += dockerfiles.checks(root)
    checks += terraform.checks(root)
    checks += tests.checks()
    return report.run((name, guarded(check)) for name, check in checks)


if __name__ == "__main__":
    sys.exit(main())
