"""Names that stand in several files and have to be the same: containers, databases, functions, secrets, ports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .environments import Environment, Resource, walk
from .policy import misread
from .settings import functions_of

CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"


def checks(root: Path, environments: list[Environment]):
    functions = functions_of(root)

    def each(check):
        return lambda: [f"{one.name}: {problem}" for one in environments for problem in check(one)]

    return [
        ("agreement: containers of function.json and of the code exist", each(lambda one: containers(root, one, functions))),
        ("agreement: database, container and partition key", each(lambda one: database(one, functions))),
        ("agreement: the event subscription names the function and its container", lambda: subscription(root, functions)),
        ("agreement: secrets that are referred to exist first and have a reader", each(vault_secrets)),
        ("agreement: Kafka's topic, group and retention", lambda: kafka(root, functions)),
        ("agreement: variables that scripts and workflows read are outputs", lambda: outputs(root, environments)),
        ("agreement: the web application's health page and port", each(lambda one: web(root, one))),
        ("agreement: the gateway passes what the pages send and follow", each(lambda one: gateway(root, one))),
        ("agreement: what queries filter and sort by is indexed", each(lambda one: indexes(root, one))),
        ("agreement: every alert is explained in docs/operations.md", lambda: explained(root, environments)),
        ("agreement: the workbook asks for what is sent", lambda: workbook(root)),
        ("agreement: deployments open both doors, and close them", lambda: doors(root)),
        ("agreement: the handler's image is not built where the handler does not start", lambda: image(root)),
    ]


def containers(root: Path, environment: Environment, functions: dict[str, dict]) -> list[str]:
    wanted = {b["path"].split("/")[0] for f in functions.values() for b in f["bindings"] if b["type"] in ("blob", "blobTrigger")}
    names = (root / "crates/contract/src/names.rs").read_text(encoding="utf-8")
    wanted |= set(re.findall(r'pub const (?:UPLOADS|INCOMING|RENDITIONS|DEAD_LETTERS?): &str = "([^"]+)"', names))
    made = {one.id.rsplit("/", 1)[-1] for one in environment.all(CONTAINER) if "/storageAccounts/stdark" in one.id}
    rules = {
        match.rstrip("/")
        for one in environment.all("Microsoft.Storage/storageAccounts/managementPolicies")
        for rule in one.get("properties.policy.rules")
        for match in rule["definition"]["filters"]["prefixMatch"]
    }
    problems = [f"no container {name} is made" for name in sorted(wanted - made)]
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
                problems.append(f"{name}: nothing makes {binding['databaseName']}/{binding['containerName']}")
            elif store.get("properties.resource.partitionKey.paths") != [binding["partitionKey"]]:
                problems.append(f"{name}: the partition key is {binding['partitionKey']}, and another one is made")
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
    told = {called for called in re.findall(r"/functions/(\w+)'", template)}
    listening = {name for name, function in functions.items() if any(b["type"] == "eventGridTrigger" for b in function["bindings"])}
    return problems + [f"deploy/azure/upload-events.bicep: {one} has no Event Grid trigger, or no subscription" for one in sorted(told ^ listening)]


def vault_secrets(environment: Environment) -> list[str]:
    """A reference is to a secret that somebody may read; reading where it is fails the deployment while it is missing."""
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


def default_of(text: str, name: str) -> str | int | None:
    """The default of one of Terraform's variables."""
    found = re.search(rf'(?ms)^variable "{name}" {{.*?^  default +=\s*("[^"]*"|\d+)$.*?^}}', text)
    return None if found is None else int(found[1]) if found[1].isdigit() else found[1].strip('"')


def outputs(root: Path, environments: list[Environment]) -> list[str]:
    known = {name for environment in environments for name in environment.outputs}
    problems = []
    for path in [*root.glob("deploy/azure/*.sh"), root / "docs/deploy.md", *root.glob(".github/workflows/*.yml")]:
        text = path.read_text(encoding="utf-8")
        read = set(re.findall(r"\$\{(\w+):\?", text)) if path.suffix == ".sh" else set(re.findall(r"\b(?:vars\.)([A-Z]+_[A-Z_]+)\b", text))
        problems += [f"{path.relative_to(root)} reads {name}, which main.bicep does not put out" for name in sorted(read - known - GIVEN)]
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


# The parts of the addresses that the page sends bodies to: the id of an upload in blocks, and the index of a block.
ADDRESSED = {"session.id": "blob-1796035320-6303801-0123456789abcdef0123456789abcdef.0123abcd.IMG_1-2.jpg", "index": "12"}
# The bodies by method, and the content types that they may have.
SENT = {"POST": ("image/jpeg", "application/octet-stream"), "PUT": ("application/octet-stream",)}


def gateway(root: Path, environment: Environment) -> list[str]:
    """A page sends photos and blocks as bodies of requests, which the firewall takes for oversized forms, and waits for events."""
    assets = root / "crates/upload-web/assets"
    script = "\n".join((assets / name).read_text(encoding="utf-8") for name in ("upload.js", "sending.js"))
    return gateway_for(script, environment)


def gateway_for(script: str, environment: Environment) -> list[str]:
    sent = re.findall(r'request\(sending, "(POST|PUT)", `([^?`]+)[^`]*`, \{', script)
    problems = [] if sent else ["the page sends no bodies"]
    for firewall in environment.all("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies"):
        if sent and firewall.get("properties.policySettings.requestBodyEnforcement") is not False:
            problems.append("bodies over 2,000 KB that are no form are refused")
        rules = [one for one in walk(firewall.config) if one.get("action") == "Allow"]
        for method, template in sent:
            path = re.sub(r"\$\{([^}]+)\}", lambda found: ADDRESSED[found[1]], template)
            conditions = [one for rule in rules if not methods(rule) or method in methods(rule) for one in rule["matchConditions"]]
            problems += passing(method, path, conditions)
    for one in environment.all("Microsoft.Network/applicationGateways"):
        if "EventSource(" in script and one.get("properties.globalConfiguration.enableResponseBuffering") is not False:
            problems.append("events wait in a buffer of the gateway")
    return problems


def methods(rule: dict[str, Any]) -> list[str]:
    return [value for one in rule["matchConditions"] if one["matchVariables"][0].get("variableName") == "RequestMethod" for value in one["matchValues"]]


def passing(method: str, path: str, conditions: list[dict[str, Any]]) -> list[str]:
    """Whether what the page sends there passes the managed rules, and nothing beside it."""
    problems = []
    conditions = [one for one in conditions if one.get("operator") == "Regex"]
    paths = patterns(conditions, "RequestUri", None)
    types = patterns(conditions, "RequestHeaders", "Content-Type")
    queries = ("", "?title=a+b%2Fc&tags=d") if method == "POST" else ("",)
    if not all(matches(paths, path + query) for query in queries):
        problems.append(f"the managed rules refuse images that are sent to {path}")
    others = (f"{path}/a", f"/a{path}", f"{path}?a=<b>", f"{path}?a=b c")
    problems += [f"more than {path} passes the managed rules" for other in others if matches(paths, other)][:1]
    if not all(matches(types, one) for one in SENT[method]):
        problems.append("the managed rules refuse images for what they are said to be")
    if any(matches(types, one) for one in ("text/html", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a")):
        problems.append("more than images passes the managed rules")
    return problems


def patterns(conditions: list[dict[str, Any]], variable: str, selector: str | None) -> list[str]:
    """The expressions that a request's part is held to."""
    return [
        one["matchValues"][0]
        for one in conditions
        for part in one.get("matchVariables") or []
        if part.get("variableName") == variable and part.get("selector") == selector
    ]


def matches(expressions: list[str], text: str) -> bool:
    return any(re.search(expression, text) for expression in expressions)


def indexes(root: Path, environment: Environment) -> list[str]:
    code = (root / "crates/upload-web/src/records/filter.rs").read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    page = (root / "docs/analytics.md").read_text(encoding="utf-8")
    asked = set(re.findall(r'(?:"|ORDER BY )(c\.[\w.]+)', code))
    asked |= {path for clause in re.findall(r"(?:WHERE|GROUP BY|ORDER BY) ([^`\n]+)", page) for path in re.findall(r"\bc\.[\w.]+", clause)}
    return unindexed(asked, environment) + uncomposed(code, environment)


def stores(environment: Environment) -> list[Resource]:
    """The containers of records; nobody queries that of the leases but the host."""
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
    """Of the paths of an indexing policy that are about this one, the longest, which is the one that counts."""
    start = {rule: re.sub(r"/[?*]$", "", rule) for rule in rules}
    about = [rule for rule in rules if f"{path}/".startswith(f"{start[rule]}/")]
    return max(about, key=lambda rule: len(start[rule]), default=None)


def uncomposed(code: str, environment: Environment) -> list[str]:
    """Sorting by several paths needs an index of just these, in this order."""
    sorted_by = {
        tuple((f"/{path.removeprefix('c.').replace('.', '/')}", "descending" if way else "ascending") for path, way in re.findall(r"(c\.[\w.]+)( DESC)?", clause))
        for clause in re.findall(r"ORDER BY ((?:c\.[\w.]+(?: DESC| ASC)?(?:, )?)+)", code)
    }
    problems = []
    for store in stores(environment):
        kept = {tuple((one["path"], one["order"]) for one in index) for index in store.get("properties.resource.indexingPolicy.compositeIndexes") or []}
        problems += [f"no index serves ORDER BY {', '.join(path for path, _ in wanted)}" for wanted in sorted(sorted_by) if len(wanted) > 1 and wanted not in kept]
    return problems


ALERTS = ("Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules")


def explained(root: Path, environments: list[Environment]) -> list[str]:
    return explained_on((root / "docs/operations.md").read_text(encoding="utf-8"), environments)


def explained_on(page: str, environments: list[Environment]) -> list[str]:
    raised = {
        re.sub(r"^alert-|-(blob|kafka)-darkroom-[a-z0-9]+$|-darkroom-[a-z0-9]+$", "", one.name)
        for environment in environments
        for type_ in ALERTS
        for one in environment.all(type_)
    }
    table = re.search(r"(?m)^\| alert \|.*(?:\n\|.*)*", page)
    told = set(re.findall(r"(?m)^\| `([a-z-]+)` \|", table[0] if table else ""))
    problems = [f"docs/operations.md does not say what to do about {name}" for name in sorted(raised - told)]
    problems += [f"docs/operations.md speaks of the alert {name}, which nothing raises" for name in sorted(told - raised)]
    return problems + ([] if raised else ["there are no alerts"])


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


def doors(root: Path) -> list[str]:
    return [f"deploy/azure/deploy-code.sh: {problem}" for problem in doors_in((root / "deploy/azure/deploy-code.sh").read_text(encoding="utf-8"))]


def doors_in(text: str) -> list[str]:
    """`config-zip` sends to the deployment endpoint, and then asks the site itself until it answers."""
    if "az functionapp deployment source config-zip" not in text:
        return ["nothing is deployed"]
    before = text.partition("az functionapp deployment source config-zip")[0]
    problems = []
    for verb in ("add", "remove"):
        if not re.search(rf"for scm in true false; do\s+az functionapp config access-restriction {verb} [^;]*--scm-site \"?\$scm", before):
            problems.append(f"access-restriction {verb} does not go over the deployment endpoint and the site")
    # Closed whatever happens in between.
    if not re.search(r"(?m)^trap close EXIT$", before):
        problems.append("what is opened stays open where the deployment fails")
    return problems


def image(root: Path) -> list[str]:
    text = (root / "deploy/containers/handler.Dockerfile").read_text(encoding="utf-8")
    return [] if re.search(r"(?m)^RUN .*(\\\n.*)*darkroom presets check", text) else ["deploy/containers/handler.Dockerfile never starts the handler"]
