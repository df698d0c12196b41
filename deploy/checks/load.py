"""Checks that the plan of the load test agrees with its configuration and with the web application."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from . import schemas

FOLDER = "deploy/load"
CONFIG = f"{FOLDER}/load-test.yaml"
# Locust reads these itself. https://docs.locust.io/en/stable/configuration.html
OF_LOCUST = {"LOCUST_HOST", "LOCUST_USERS", "LOCUST_SPAWN_RATE", "LOCUST_RUN_TIME"}


def checks(root: Path):
    return [
        (f"schema: {CONFIG}", lambda: schemas.file(root, CONFIG, "load-test")),
        ("load test: the plan, its limits and the web application agree", lambda: agreement(root)),
    ]


def agreement(root: Path) -> list[str]:
    config = schemas.load(root / CONFIG)
    plan = root / FOLDER / config["testPlan"]
    if not plan.is_file():
        return [f"there is no {config['testPlan']}"]
    router = (root / "crates/upload-web/src/router.rs").read_text(encoding="utf-8")
    return disagreements(config, plan.read_text(encoding="utf-8"), router)


def disagreements(config: dict[str, Any], plan: str, router: str) -> list[str]:
    compile(plan, "plan", "exec")
    measured = set(re.findall(r'\bname="(\w+)"', plan))
    limited = {name for one in config.get("failureCriteria", []) if isinstance(one, dict) for name in one}
    read = set(re.findall(r'os\.environ\.get\("(\w+)"', plan)) | OF_LOCUST
    given = {one["name"] for one in [*config.get("env", []), *config.get("secrets", [])]}
    files = set(re.findall(r'os\.environ\.get\("PHOTO", "([^"]+)"', plan))
    problems = [f"nothing measures {name}, which has a limit" for name in sorted(limited - measured)]
    problems += [f"the plan does not read {name}" for name in sorted(given - read)]
    problems += [f"the plan reads {name}, which is not uploaded with it" for name in sorted(files - set(config.get("configurationFiles", [])))]
    paths = re.findall(r'self\.client\.\w+\("([^"]+)"', plan)
    return problems + [f"the web application has no address {path}" for path in paths if f'"{path}"' not in router] + ([] if paths else ["the plan sends nothing"])
