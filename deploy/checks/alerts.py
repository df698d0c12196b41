"""Checks the alerts: each measures what it is about, and docs/operations.md says what to do when it fires."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from .environments import Environment, walk


def checks(root: Path, environments: list[Environment]):
    page = (root / "docs/operations.md").read_text(encoding="utf-8")
    return [
        ("alerts: they measure what they are about", lambda: [problem for environment in environments for problem in unreliable(environment)]),
        ("alerts: docs/operations.md explains each of them", lambda: explained(page, environments)),
        ("alerts: docs/operations.md says which of them need logs", lambda: on_logs(page, environments)),
    ]


def unreliable(environment: Environment) -> Iterator[str]:
    """Azure does not validate these queries at deployment, because tables exist only from their first row on. A wrong query never fires."""
    queues = len(list(environment.all("Microsoft.Storage/storageAccounts/queueServices/queues")))
    for rule in environment.all("Microsoft.Insights/metricAlerts"):
        for one in walk(rule.config):
            # No dimension of a metric names the queue.
            if queues and one.get("metricNamespace") == "Microsoft.Storage/storageAccounts/queueServices":
                yield f"{rule.where}: it counts the messages of every queue"
    for rule in environment.all("Microsoft.Insights/scheduledQueryRules"):
        for query in {one["query"] for one in walk(rule.config) if isinstance(one.get("query"), str)}:
            for problem in misread(query):
                yield f"{rule.where}: {problem}"
        # Azure refuses the two together.
        if rule.get("properties.muteActionsDuration") is not None and rule.get("properties.autoMitigate") is not False:
            yield f"{rule.where}: an alert that closes automatically cannot be muted"


def misread(query: str) -> list[str]:
    """Returns what a log query assumes and is not so."""
    problems = []
    tables = set(re.findall(r"(?:^|[(,]|union)\s*(\w+)\s*\|", query))
    # The resource logs of storage have the status as text, and a text never equals a number.
    if re.search(r"StatusCode\s*[=!<>]=?\s*\d", query):
        problems += [f"{table} has StatusCode as text" for table in sorted(tables) if table.startswith("Storage")]
    # A row of telemetry represents as many items as its item count says.
    if re.search(r"\bcount(if)?\(", query):
        problems += [f"{table} is sampled: add up itemCount" for table in sorted(tables & {"requests", "AppRequests"})]
    return problems


ALERTS = ("Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules")


def explained(page: str, environments: list[Environment]) -> list[str]:
    raised = names_of(ALERTS, environments)
    table = re.search(r"(?m)^\| alert \|.*(?:\n\|.*)*", page)
    told = set(re.findall(r"(?m)^\| `([a-z-]+)` \|", table[0] if table else ""))
    problems = [f"docs/operations.md does not say what to do about {name}" for name in sorted(raised - told)]
    problems += [f"docs/operations.md describes the alert {name}, which nothing raises" for name in sorted(told - raised)]
    return problems + ([] if raised else ["there are no alerts"])


def names_of(types: tuple[str, ...], environments: list[Environment]) -> set[str]:
    """Returns the names of alerts without the parts that name the site and the environment."""
    found = (one for environment in environments for type_ in types for one in environment.all(type_))
    return {re.sub(r"^alert-|-(blob|kafka)-darkroom-[a-z0-9]+$|-darkroom-[a-z0-9]+$", "", one.name) for one in found}


def on_logs(page: str, environments: list[Environment]) -> list[str]:
    """When the workspace has reached its daily limit, alerts on logs cannot fire. So operators must know which ones need logs."""
    row = re.search(r"(?m)^\| `log-cap` \|([^|]*)\|", page)
    told = set(re.findall(r"`([a-z-]+)`", row[1] if row else ""))
    needing = names_of(("Microsoft.Insights/scheduledQueryRules",), environments) - {"log-cap"}
    return [f"the row of log-cap does not name {name}" for name in sorted(needing - told)] + [f"the row of log-cap names {name}, which needs no logs" for name in sorted(told - needing)]
