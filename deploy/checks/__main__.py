"""Runs all checks. It prints the name and the result of each, and then how many there were."""

from __future__ import annotations

import sys
from pathlib import Path

from . import agreements, alerts, confluent, documented, environments, firewall, links, load, metrics, policy, powerbi, predicted, report, roles, schemas, scripts, settings, sign_in, tests, upkeep


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    made = environments.load()
    checks = environments.checks(made)
    checks += predicted.checks(made)
    checks += policy.checks(made)
    checks += settings.checks(root, made)
    checks += roles.checks(root, made)
    checks += agreements.checks(root, made)
    checks += alerts.checks(root, made)
    checks += firewall.checks(root, made)
    checks += sign_in.checks(root, made)
    checks += scripts.checks(root)
    checks += schemas.checks(root)
    checks += load.checks(root)
    checks += confluent.checks(root)
    checks += powerbi.checks(root)
    checks += metrics.checks(root)
    checks += links.checks(root)
    checks += documented.checks(root)
    checks += upkeep.checks(root)
    checks += tests.checks()
    return report.run(checks)


if __name__ == "__main__":
    sys.exit(main())
