"""Checks of names that appear in several files and must be the same there: containers, databases, functions, secrets, ports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .alerts import misread
from .environments import Environment, Resource
from .settings import functions_of

CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
# The container of events that could not be delivered. No program of ours uses it.
UNDELIVERED = "undelivered-events"


def checks(root: Path, environments: list[Environment]):
    functions = functions_of(root)

    def each(check):
        return lambda: [f"{one.name}: {problem}" for one in environments for problem in check(one)]

    return [
        ("agreement: containers of function.json and of the code exist", each(lambda one: containers(root, one, functions))),
        ("agreement: database, container and partition key", each(lambda one: database(one, functions))),
        ("agreement: the event subscription names the function and its container", lambda: subscription(root, functions)),
        ("agreement: the event topic is that of the images", each(topic)),
        ("agreement: the functions that an environment needs are on, and no others", each(lambda one: switches(one, functions))),
        ("agreement: secrets that are referred to exist first and have a reader", each(vault_secrets)),
        ("agreement: Kafka's topic, group and retention", lambda: kafka(root, functions)),
        ("agreement: blobs are kept for as long as records", each(retention)),
        ("agreement: docs/deploy.md registers every provider", lambda: providers((root / "docs/deploy.md").read_text(encoding="utf-8"), environments)),
        ("agreement: variables that scripts and workflows read are outputs", lambda: outputs(root, environments)),
        ("agreement: the web application's health page and port", each(lambda one: web(root, one))),
        ("agreement: what queries filter and sort by is indexed", each(lambda one: indexes(root, one))),
        ("agreement: the workbook asks for what is sent", lambda: workbook(root)),
        ("agreement: the handler's image is not built where the handler does not start", lambda: image(root)),
    ]


def containers(root: Path, environment: Environment, functions: dict[str, dict]) -> list[str]:
    wanted = {b["path"].split("/")[0] for f in functions.values() for b in f["bindings"] if b["type"] in ("blob", "blobTrigger")}
    names = (root / "crates/contract/src/names.rs").read_text(encoding="utf-8")
    wanted.add(UNDELIVERED)
    wanted |= set(re.findall(r'pub const (?:UPLOADS|INCOMING|RENDITIONS|DEAD_LETTERS?): &str = "([^"]+)"', names))
    made = {one.id.rsplit("/", 1)[-1] for one in environment.all(CONTAINER) if "/storageAccounts/stdark" in one.id}
    rules = {
        match.rstrip("/")
        for one in environment.all("Microsoft.Storage/storageAccounts/managementPolicies")
        for rule in one.get("properties.policy.rules")
        for match in rule["definition"]["filters"]["prefixMatch"]
    }
    problems = [f"nothing creates the container {name}" for name in sorted(wanted - made)]
    return problems + [f"no lifecycle rule deletes {name}/" for name in sorted(wanted - rules)]


def database(environment: Environment, functions: dict[str, dict]) -> list[str]:
    problems = []
    stores = {one.id.rsplit("/", 1)[-1]: one for one in environment.all("Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers")}
    if not stores and not any(environment.all("Microsoft.DocumentDB/databaseAccounts")):
        return []
    for name, function in functions.items():
        for binding in function["bindings"]:
            if binding["type"] != "cosmosDB":
                continue
            store = stores.get(binding["containerName"])
            if store is None or f"/sqlDatabases/{binding['databaseName']}/" not in store.id:
                problems.append(f"{name}: nothing creates {binding['databaseName']}/{binding['containerName']}")
            elif store.get("properties.resource.partitionKey.paths") != [binding["partitionKey"]]:
                problems.append(f"{name}: the partition key is {binding['partitionKey']}, and the container has another one")
            elif store.get("properties.resource.defaultTtl") is None:
                problems.append("records live for ever")
    return problems


def subscription(root: Path, functions: dict[str, dict]) -> list[str]:
    return subscription_in((root / "deploy/azure/upload-events.bicep").read_text(encoding="utf-8"), functions)


def subscription_in(template: str, functions: dict[str, dict]) -> list[str]:
    name = re.search(r"functionName=Host\.Functions\.(\w+)", template)
    container = re.search(r"'/blobServices/default/containers/([\w-]+)/'", template)
    if not name or not container:
        return ["deploy/azure/upload-events.bicep names no function or no container"]
    triggers = [b for b in functions.get(name[1], {"bindings": []})["bindings"] if b["type"] == "blobTrigger"]
    if not triggers:
        return [f"deploy/azure/upload-events.bicep: {name[1]} has no blob trigger"]
    problems = [f"deploy/azure/upload-events.bicep: {name[1]} watches {b['path']}, not {container[1]}" for b in triggers if not b["path"].startswith(f"{container[1]}/")]
    problems += [f"deploy/azure/upload-events.bicep: {one} keeps no events that cannot be delivered" for one in undelivered(template)]
    told = {called for called in re.findall(r"/functions/(\w+)'", template)}
    listening = {name for name, function in functions.items() if any(b["type"] == "eventGridTrigger" for b in function["bindings"])}
    return problems + [f"deploy/azure/upload-events.bicep: {one} has no Event Grid trigger, or no subscription" for one in sorted(told ^ listening)]


def undelivered(template: str) -> list[str]:
    """Returns the subscriptions that do not write undelivered events into the container with the topic's own identity."""
    named = re.search(r"(?ms)^var deadLetter = \{.*?'SystemAssigned'.*?blobContainerName: '([\w-]+)'.*?^\}", template)
    if not named or named[1] != UNDELIVERED:
        return ["deadLetter"]
    subscriptions = re.findall(r"(?ms)^resource (\w+) 'Microsoft\.EventGrid/systemTopics/eventSubscriptions@(.*?)^\}", template)
    return [name for name, body in subscriptions if "deadLetterWithResourceIdentity: deadLetter\n" not in body]


def topic(environment: Environment) -> list[str]:
    sources = [one.get("properties.source") for one in environment.all("Microsoft.EventGrid/systemTopics")]
    images = [one.id for one in environment.all("Microsoft.Storage/storageAccounts") if one.name.startswith("stdark")]
    return [] if sources == images else [f"the event topic is about {' and '.join(sources) or 'nothing'}"]


def switches(environment: Environment, functions: dict[str, dict]) -> list[str]:
    """If a web application sends Kafka messages, exactly one function must read them. Image events are sent only if there is a receiver."""
    sites = {site.name: site.settings for site in environment.all("Microsoft.Web/sites")}
    flows = {settings.get("DARKROOM_FLOWS") for settings in sites.values()}
    problems = []
    for name, settings in sites.items():
        if not name.startswith("func-"):
            continue
        on = {function for function in functions if settings.get(f"AzureWebJobs.{function}.Disabled") != "true"}
        readers = sorted({"ProcessMessage", "ProcessSink"} & on)
        if len(readers) != ("kafka" in flows):
            problems.append(f"{name}: {' and '.join(readers) or 'no function'} reads the messages")
        if ("PublishEvents" in on) != (settings.get("DARKROOM_EVENTS") != "none"):
            problems.append(f"{name}: PublishEvents is {'on' if 'PublishEvents' in on else 'off'}, and DARKROOM_EVENTS is {settings.get('DARKROOM_EVENTS')}")
        problems += [f"{name}: {function} is off" for function in sorted(set(functions) - on - {"ProcessMessage", "ProcessSink", "PublishEvents"})]
    return problems


def vault_secrets(environment: Environment) -> list[str]:
    """The site must be allowed to read each secret that it refers to. The deployment reads the secret's address, so it fails while the secret is missing."""
    readers = {str(one.scope).lower() for one in environment.all("Microsoft.Authorization/roleAssignments")}
    problems = []
    for site in environment.all("Microsoft.Web/sites"):
        for name, value in site.settings.items():
            if "@Microsoft.KeyVault(" not in value:
                continue
            secret = re.search(r"reference\('([^']+/secrets/[\w-]+)'", value)
            if not secret:
                problems.append(f"{site.name}: the secret of {name} is not checked to exist")
            elif secret[1].lower() not in readers:
                problems.append(f"{site.name}: nobody may read the secret of {name}")
    return problems


def kafka(root: Path, functions: dict[str, dict]) -> list[str]:
    problems = []
    variables = (root / "deploy/confluent/topics/variables.tf").read_text(encoding="utf-8")
    for name, function in functions.items():
        for binding in function["bindings"]:
            if binding["type"] == "kafkaTrigger" and default_of(variables, "consumer_group") != binding["consumerGroup"]:
                problems.append(f"deploy/confluent/topics: the consumer group is not {binding['consumerGroup']}, which {name} reads with")
    names = (root / "crates/contract/src/names.rs").read_text(encoding="utf-8")
    found = re.search(r'TOPIC: &str = "([^"]+)"', names)
    if found and default_of(variables, "topic") != found[1]:
        problems.append(f"deploy/confluent/topics: the topic is not {found[1]}")
    days = re.search(r"settings\.\?retentionDays \?\? (\d+)", (root / "deploy/azure/darkroom.bicep").read_text(encoding="utf-8"))
    if days is None or default_of(variables, "retention_days") != int(days[1]):
        problems.append("deploy/confluent/topics: messages are not kept for as long as records are")
    return problems


def retention(environment: Environment) -> list[str]:
    """Compares every rule that deletes blobs with the time to live of the records. The leases of the change feed never expire.

    What lies in `staging` was left behind by an upload that did not end, and belongs to no record.
    """
    days = {
        rule["definition"]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]
        for one in environment.all("Microsoft.Storage/storageAccounts/managementPolicies")
        if "/storageAccounts/stdark" in one.id
        for rule in one.get("properties.policy.rules")
        if rule["definition"]["filters"].get("prefixMatch") != ["staging/"]
    }
    lives = {one.get("properties.resource.defaultTtl") for one in stores(environment)}
    # The database may exist already, in another deployment.
    return [] if {day * 86400 for day in days} == lives or not lives else [f"blobs are deleted after {days} days, and records after {lives} seconds"]


def providers(page: str, environments: list[Environment]) -> list[str]:
    """An owner of a resource group cannot register a provider, and a deployment with one that is not registered fails."""
    listed = re.search(r"for provider in ([\w ]+); do\n  az provider register", page)
    registered = {f"microsoft.{name.lower()}" for name in listed[1].split()} if listed else set()
    needed = {one.type.split("/")[0].lower() for environment in environments for one in environment.resources}
    return [f"{name} is not registered" for name in sorted(needed - registered - ALWAYS_REGISTERED)]


# Every subscription has these from the start, or the page says when to register them.
# Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types>.
ALWAYS_REGISTERED = {"microsoft.authorization", "microsoft.resources"}


def default_of(text: str, name: str) -> str | int | None:
    """Returns the default of a Terraform variable."""
    found = re.search(rf'(?ms)^variable "{name}" {{.*?^  default +=\s*("[^"]*"|\d+)$.*?^}}', text)
    return None if found is None else int(found[1]) if found[1].isdigit() else found[1].strip('"')


def outputs(root: Path, environments: list[Environment]) -> list[str]:
    known = {name for environment in environments for name in environment.outputs}
    problems = []
    for path in [*root.glob("deploy/azure/*.sh"), root / "docs/deploy.md", *root.glob(".github/workflows/*.yml")]:
        text = path.read_text(encoding="utf-8")
        read = set(re.findall(r"\$\{(\w+):\?", text)) if path.suffix == ".sh" else set(re.findall(r"\b(?:vars\.)([A-Z]+_[A-Z_]+)\b", text))
        problems += [f"{path.relative_to(root)} reads {name}, which main.bicep does not output" for name in sorted(read - known - GIVEN)]
    return problems


# Variables that a person or azd sets, and that no deployment outputs.
GIVEN = {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "AZURE_ENV_NAME", "AZURE_LOCATION", "DARKROOM_ENTRA_CLIENT_ID", "DARKROOM_WEB_IMAGE", "DARKROOM_WEB_BLOB_HOST", "DARKROOM_ALERT_EMAIL", "DARKROOM_BUDGET_START"}


def web(root: Path, environment: Environment) -> list[str]:
    problems = []
    router = (root / "crates/upload-web/src/router.rs").read_text(encoding="utf-8")
    dockerfile = (root / "deploy/containers/web.Dockerfile").read_text(encoding="utf-8")
    port = re.search(r"EXPOSE (\d+)", dockerfile)
    for one in environment.all("Microsoft.Web/sites"):
        path = one.get("properties.siteConfig.healthCheckPath")
        if path is not None and f'"{path}"' not in router:
            problems.append(f"{one.name}: the web application has no page {path}")
        if "WEBSITES_PORT" in one.settings and (not port or one.settings["WEBSITES_PORT"] != port[1]):
            problems.append(f"{one.name}: deploy/containers/web.Dockerfile and WEBSITES_PORT name different ports")
    return problems


def indexes(root: Path, environment: Environment) -> list[str]:
    code = (root / "crates/upload-web/src/records/filter.rs").read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    page = (root / "docs/analytics.md").read_text(encoding="utf-8")
    asked = set(re.findall(r'(?:"|ORDER BY )(c\.[\w.]+)', code))
    asked |= {path for clause in re.findall(r"(?:WHERE|GROUP BY|ORDER BY) ([^`\n]+)", page) for path in re.findall(r"\bc\.[\w.]+", clause)}
    return unindexed(asked, environment) + uncomposed(code, environment)


def stores(environment: Environment) -> list[Resource]:
    """Returns the containers of records. Only the host queries the container of leases."""
    containers = environment.all("Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers")
    return [one for one in containers if one.get("properties.resource.id") != "leases"]


def unindexed(asked: set[str], environment: Environment) -> list[str]:
    problems = [] if asked else ["no query filters by anything"]
    for store in stores(environment):
        policy = store.get("properties.resource.indexingPolicy")
        included, excluded = ([one["path"] for one in policy.get(kind) or []] for kind in ("includedPaths", "excludedPaths"))
        for path in sorted(asked):
            rule = most_precise(f"/{path.removeprefix('c.').replace('.', '/')}", included + excluded)
            if rule in excluded:
                problems.append(f"{path} is asked for, and {rule} is not indexed")
    return problems


def most_precise(path: str, rules: list[str]) -> str | None:
    """Returns the rule of an indexing policy that applies to a path. If several match, the longest one counts."""
    start = {rule: re.sub(r"/[?*]$", "", rule) for rule in rules}
    about = [rule for rule in rules if f"{path}/".startswith(f"{start[rule]}/")]
    return max(about, key=lambda rule: len(start[rule]), default=None)


def uncomposed(code: str, environment: Environment) -> list[str]:
    """A query that sorts by several paths needs a composite index of exactly these paths in the same order."""
    sorted_by = {
        tuple((f"/{path.removeprefix('c.').replace('.', '/')}", "descending" if way else "ascending") for path, way in re.findall(r"(c\.[\w.]+)( DESC)?", clause))
        for clause in re.findall(r"ORDER BY ((?:c\.[\w.]+(?: DESC| ASC)?(?:, )?)+)", code)
    }
    problems = []
    for store in stores(environment):
        kept = {tuple((one["path"], one["order"]) for one in index) for index in store.get("properties.resource.indexingPolicy.compositeIndexes") or []}
        problems += [f"no index serves ORDER BY {', '.join(path for path, _ in wanted)}" for wanted in sorted(sorted_by) if len(wanted) > 1 and wanted not in kept]
    return problems


# Tables of the workspace that diagnostic settings and Application Insights fill.
TABLES = {"AppRequests", "AppServiceHTTPLogs", "AppTraces", "AzureDiagnostics", "AzureMetrics", "StorageBlobLogs", "StorageQueueLogs"}


def workbook(root: Path) -> list[str]:
    return workbook_problems(json.loads((root / "deploy/azure/workbook.json").read_text(encoding="utf-8")))


def workbook_problems(book: dict[str, Any]) -> list[str]:
    problems = []
    charts = {one["name"]: one["content"] for one in book["items"] if one["type"] == 3}
    for name, chart in charts.items():
        query = chart["query"]
        tables = set(re.findall(r"(?:^|\()(\w+)\s*\|", query))
        problems += [f"{name}: nothing sends {table}" for table in sorted(tables - TABLES)]
        problems += [f"{name}: it asks no table"] if not tables else []
        problems += [f"{name}: {problem}" for problem in misread(query)]
        if chart["crossComponentResources"] != ["@@WORKSPACE@@"]:
            problems.append(f"{name}: it does not ask the workspace of this deployment")
    return problems + ([] if charts else ["there are no charts"])


def image(root: Path) -> list[str]:
    text = (root / "deploy/containers/handler.Dockerfile").read_text(encoding="utf-8")
    return [] if re.search(r"(?m)^RUN .*(\\\n.*)*darkroom presets check", text) else ["deploy/containers/handler.Dockerfile never starts the handler"]
