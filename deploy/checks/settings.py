"""Checks that every app setting that the code reads is set, and that every one that is set is read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Iterator

from .environments import Environment

# Settings that the platform sets itself.
FROM_PLATFORM = {"FUNCTIONS_CUSTOMHANDLER_PORT", "IDENTITY_ENDPOINT", "PORT", "REGION_NAME", "WEBSITE_AUTH_ENABLED", "WEBSITE_SKU"}
# OpenTelemetry's own settings, OTEL_*. Without them nothing is exported. This deployment has no collector; logs reach
# Application Insights through the platform.
OPTIONAL = "OTEL_"
# Settings that the platform reads, and the code does not.
FOR_PLATFORM = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_RUNTIME",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    "WEBSITES_ENABLE_APP_SERVICE_STORAGE",
}
# The suffix of identity-based connections, by connection.
CONNECTIONS = {"AzureWebJobsStorage": "accountName", "ImageStorage": "accountName", "CosmosDb": "accountEndpoint"}
# The connection whose identity the handler uses to send events. Another setting says where they go.
SENDER = "EventGrid"
# The connection of the Functions host itself, which no web application has.
OF_THE_HOST = "AzureWebJobsStorage"

# A call that looks a setting up, with the name that it is given. A call may span several lines.
LOOKUP = re.compile(r'(?:lookup|read|name|named|text|env::var|env::var_os|setting)\s*\(\s*(?:&?\w+\s*,\s*)?"([A-Z][A-Z0-9_]*)"')


def checks(root: Path, environments: list[Environment]):
    code = {app: read_by(root, folders) for app, folders in FOLDERS.items()}
    functions = functions_of(root)
    bound = read_by_functions(functions)

    def each(check):
        return lambda: [f"{one.name}: {problem}" for one in environments if one.has_applications for problem in check(one)]

    return [
        ("settings: the function app sets what the handler and function.json read", each(lambda one: missing(code["handler"] | bound, set_by(one, "func-"), "the function app"))),
        ("settings: the web applications set what their code reads", each(lambda one: missing(code["web"] - optional(one), set_by(one, "app-"), "the web applications"))),
        ("settings: everything that is set is read", each(lambda one: unread(code["handler"] | code["web"] | bound, set_by(one, "func-") | set_by(one, "app-"), set(functions)))),
        ("settings: connections name an identity", each(lambda one: connections(one, functions))),
        ("settings: local.settings.json names nothing unknown", lambda: local(root, code["handler"] | code["web"] | bound)),
    ]


FOLDERS = {
    "handler": ("src", "crates/connections/src", "crates/custom-handler/src", "crates/telemetry/src"),
    "web": ("crates/upload-web/src", "crates/connections/src", "crates/telemetry/src"),
}


def read_by(root: Path, folders: tuple[str, ...]) -> set[str]:
    """Returns the names of the settings that Rust code reads, without its tests."""
    found = {name for code in sources(root, folders) for name in LOOKUP.findall(code)}
    return {name for name in found - FROM_PLATFORM if not name.startswith(OPTIONAL)}


def sources(root: Path, folders: tuple[str, ...]) -> Iterator[str]:
    """Returns the text of each Rust file, without its tests."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.rs")):
            if path.name != "tests.rs":
                yield path.read_text(encoding="utf-8").split("#[cfg(test)]")[0]


def functions_of(root: Path) -> dict[str, dict]:
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(root.glob("functions/*/function.json"))}


def read_by_functions(functions: dict[str, dict]) -> set[str]:
    """Returns the settings that function.json refers to as `%NAME%`."""
    return set(re.findall(r"%(\w+)%", json.dumps(functions)))


def set_by(environment: Environment, start: str) -> set[str]:
    """Returns the names of the app settings of the sites with this beginning of their names."""
    return {name for site in environment.all("Microsoft.Web/sites") if site.name.startswith(start) for name in site.settings}


def optional(environment: Environment) -> set[str]:
    """Returns the settings that this environment does not need: those for flow B, for several instances, and for containers."""
    flows = {site.settings.get("DARKROOM_FLOWS") for site in environment.all("Microsoft.Web/sites")}
    kafka = {name for name in ("KAFKA_BROKERS", "KAFKA_TOPIC", "KAFKA_USERNAME", "KAFKA_PASSWORD", "KAFKA_CA_FILE", "DARKROOM_KAFKA_INLINE_KIB", "DARKROOM_INCOMING_CONTAINER") if "kafka" not in flows}
    alone = all(plan.get("properties.maximumElasticWorkerCount") == 1 for plan in environment.all("Microsoft.Web/serverfarms") if plan.name.startswith("plan-app-"))
    zipped = any(site.get("properties.siteConfig.appCommandLine") for site in environment.all("Microsoft.Web/sites"))
    return kafka | ({"DARKROOM_SECRET"} if alone else set()) | ({"WEBSITES_PORT"} if zipped else set())


def missing(wanted: set[str], given: set[str], where: str) -> list[str]:
    return [f"{where} does not set {name}" for name in sorted(wanted - given)]


def unread(wanted: set[str], given: set[str], functions: set[str]) -> list[str]:
    problems = []
    for name in sorted(given - wanted - FOR_PLATFORM - FROM_PLATFORM - {"WEBSITES_PORT"}):
        connection, _, part = name.partition("__")
        if connection == SENDER and part in ("credential", "clientId"):
            continue
        if connection in CONNECTIONS and part in (CONNECTIONS[connection], "credential", "clientId"):
            continue
        switch = re.fullmatch(r"AzureWebJobs\.(\w+)\.Disabled", name)
        if switch and switch[1] in functions:
            continue
        problems.append(f"{name} is set, and nothing reads it")
    return problems


def connections(environment: Environment, functions: dict[str, dict]) -> list[str]:
    used = {binding["connection"] for function in functions.values() for binding in function["bindings"] if "connection" in binding}
    problems = [f"function.json uses the connection {name}, which these checks do not know" for name in sorted(used - set(CONNECTIONS))]
    for site in environment.all("Microsoft.Web/sites"):
        for name, part in CONNECTIONS.items():
            if name == OF_THE_HOST and site.name.startswith("app-"):
                continue
            problems += [f"{site.name} does not set {name}__{one}" for one in (part, "credential", "clientId") if f"{name}__{one}" not in site.settings]
            if name in site.settings:
                problems.append(f"{site.name} sets {name}, which would hold a key")
    return problems


def local(root: Path, wanted: set[str]) -> list[str]:
    values = json.loads((root / "local.settings.json").read_text(encoding="utf-8"))["Values"]
    switches = {f"AzureWebJobs.{name}.Disabled" for name in functions_of(root)}
    return [f"local.settings.json sets {name}, which nothing reads" for name in sorted(set(values) - wanted - FOR_PLATFORM - set(CONNECTIONS) - switches)]
