"""Checks that docs/operations.md lists exactly the metrics that the code records, and that the dashboard asks for no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

CODE = ("src/metrics.rs", "crates/upload-web/src/metrics.rs")
DASHBOARD = "deploy/azure/grafana.json"
PAGE = "docs/operations.md"

# A call that creates an instrument: its kind and its name.
MADE = re.compile(r'(count|seconds|bytes)\(\s*&meter,\s*"(darkroom\.[a-z.]+)"|(i64_up_down_counter)\("(darkroom\.[a-z.]+)"\)')
ATTRIBUTE = re.compile(r'KeyValue::new\(\s*"([a-z.]+)"')
# The suffixes of instruments in Prometheus: the unit and, for a counter, the kind are part of the name. Source:
# <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>.
SUFFIXES = {
    "count": ("_total",),
    "seconds": ("_seconds_bucket", "_seconds_sum", "_seconds_count"),
    "bytes": ("_bytes_bucket", "_bytes_sum", "_bytes_count"),
    "i64_up_down_counter": ("",),
}


def checks(root: Path):
    code = "\n".join((root / path).read_text(encoding="utf-8") for path in CODE)
    dashboard = (root / DASHBOARD).read_text(encoding="utf-8")
    page = (root / PAGE).read_text(encoding="utf-8")
    return [
        (f"metrics: {DASHBOARD} asks for what the code records, and for all of it", lambda: asked(code, dashboard)),
        (f"metrics: the table of {PAGE} has each of them", lambda: listed(code, page)),
    ]


def recorded(code: str) -> dict[str, str]:
    """Returns the kind of each instrument by its name."""
    return {named or other: kind or up_down for kind, named, up_down, other in MADE.findall(code)}


def asked(code: str, dashboard: str) -> list[str]:
    metrics = recorded(code)
    attributes = {name.replace(".", "_") for name in ATTRIBUTE.findall(code)}
    known = {metric.replace(".", "_") + suffix: metric for metric, kind in metrics.items() for suffix in SUFFIXES[kind]}
    problems, used = [], set()
    for panel in json.loads(dashboard)["panels"]:
        for target in panel["targets"]:
            for word in re.findall(r"\b(?:darkroom|error)_\w+", target["expr"] + " " + target["legendFormat"]):
                used.add(known.get(word))
                if word not in known and word not in attributes:
                    problems.append(f"{panel['title']}: nothing records {word}")
    return problems + [f"no panel shows {metric}" for metric in sorted(set(metrics) - used)]


def listed(code: str, page: str) -> list[str]:
    rows = set(re.findall(r"(?m)^\| `(darkroom\.[a-z.]+)` \|", page))
    metrics = set(recorded(code))
    problems = [] if metrics else ["the code records nothing"]
    problems += [f"{name} is recorded, and not in the table" for name in sorted(metrics - rows)]
    return problems + [f"{name} is in the table, and nothing records it" for name in sorted(rows - metrics)]
