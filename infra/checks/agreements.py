"""Names that stand in several files and have to be the same: containers, databases, functions, secrets, ports."""

from __future__ import annotations

import re
from pathlib import Path

from .bicep import Tree
from .settings import functions_of

CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"


def checks(root: Path, tree: Tree):
    functions = functions_of(root)
    return [
        ("agreement: containers of function.json and of the code exist", lambda: containers(root, tree, functions)),
        ("agreement: database, container and partition key", lambda: database(tree, functions)),
        ("agreement: the event subscription names the function and its container", lambda: subscription(root, functions)),
        ("agreement: secrets that are referred to exist first and have a reader", lambda: vault_secrets(tree)),
        ("agreement: Kafka's topic, group and retention", lambda: kafka(root, tree, functions)),
        ("agreement: variables that scripts and workflows read are outputs", lambda: outputs(root, tree)),
        ("agreement: the web application's health page and port", lambda: web(root, tree)),
        ("agreement: the gateway passes what the pages send and follow", lambda: gateway(root, tree)),
        ("agreement: what queries filter and sort by is indexed", lambda: indexes(root, tree)),
        ("agreement: every alert is explained in docs/deploy.md", lambda: explained(root, tree)),
        ("agreement: deployments open both doors, and close them", lambda: doors(root)),
        ("agreement: the handler's image is not built where the handler does not start", lambda: image(root)),
    ]


def made(tree: Tree) -> set[str]:
    return {str(one.get("name")) for one in tree.resources(CONTAINER)}


def containers(root: Path, tree: Tree, functions: dict[str, dict]) -> list[str]:
    wanted = {b["path"].split("/")[0] for f in functions.values() for b in f["bindings"] if b["type"] in ("blob", "blobTrigger")}
    names = (root / "crates/contract/src/names.rs").read_text(encoding="utf-8")
    wanted |= set(re.findall(r'pub const (?:UPLOADS|INCOMING|RENDITIONS|DEAD_LETTERS?): &str = "([^"]+)"', names))
    rules = {match for file in tree.files.values() for match in re.findall(r"'([a-z-]+)/'", file.text)}
    problems = [f"storage.bicep makes no container {name}" for name in sorted(wanted - made(tree))]
    return problems + [f"no lifecycle rule deletes {name}/" for name in sorted(wanted - rules)]


def database(tree: Tree, functions: dict[str, dict]) -> list[str]:
    problems = []
    databases = {str(one.get("name")) for one in tree.resources("Microsoft.DocumentDB/databaseAccounts/sqlDatabases")}
    stores = {str(one.get("name")): one for one in tree.resources("Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers")}
    for name, function in functions.items():
        for binding in function["bindings"]:
            if binding["type"] != "cosmosDB":
                continue
            store = stores.get(binding["containerName"])
            if binding["databaseName"] not in databases or store is None:
                problems.append(f"{name}: cosmos.bicep makes no {binding['databaseName']}/{binding['containerName']}")
            elif store.get("properties.resource.partitionKey.paths") != [binding["partitionKey"]]:
                problems.append(f"{name}: the partition key is {binding['partitionKey']}, and cosmos.bicep makes another")
            elif store.get("properties.resource.defaultTtl") is None:
                problems.append("cosmos.bicep: records live for ever")
    return problems


def subscription(root: Path, functions: dict[str, dict]) -> list[str]:
    script = (root / "infra/subscribe.sh").read_text(encoding="utf-8")
    problems = []
    name = re.search(r"functionName=Host\.Functions\.(\w+)", script)
    container = re.search(r"--subject-begins-with /blobServices/default/containers/([\w-]+)/", script)
    if not name or not container:
        return ["infra/subscribe.sh names no function or no container"]
    triggers = [b for b in functions.get(name[1], {"bindings": []})["bindings"] if b["type"] == "blobTrigger"]
    if not triggers:
        problems.append(f"infra/subscribe.sh: {name[1]} has no blob trigger")
    problems += [f"infra/subscribe.sh: {name[1]} watches {b['path']}, not {container[1]}" for b in triggers if not b["path"].startswith(f"{container[1]}/")]
    return problems


def vault_secrets(tree: Tree) -> list[str]:
    problems = []
    for file in tree.files.values():
        readers = {str(one.get("scope")) for one in file.resources if one.type == "Microsoft.Authorization/roleAssignments"}
        for one in file.resources:
            if one.type == "Microsoft.KeyVault/vaults/secrets" and one.existing and one.symbol not in readers:
                problems.append(f"{one.where}: nobody may read it")
        for reference in re.findall(r"@Microsoft\.KeyVault\(([^)]*)\)", file.text):
            name = re.fullmatch(r"SecretUri=\$\{(\w+SecretUri)\}", reference)
            if not name or name[1] not in file.params:
                problems.append(f"{file.name}: {reference} is not checked to exist")
    return problems


def kafka(root: Path, tree: Tree, functions: dict[str, dict]) -> list[str]:
    problems = []
    variables = (root / "confluent/topics/variables.tf").read_text(encoding="utf-8")
    for name, function in functions.items():
        for binding in function["bindings"]:
            if binding["type"] == "kafkaTrigger" and default_of(variables, "consumer_group") != binding["consumerGroup"]:
                problems.append(f"confluent/topics: the consumer group is not {binding['consumerGroup']}, which {name} reads with")
    names = (root / "crates/contract/src/names.rs").read_text(encoding="utf-8")
    found = re.search(r'TOPIC: &str = "([^"]+)"', names)
    if found and default_of(variables, "topic") != found[1]:
        problems.append(f"confluent/topics: the topic is not {found[1]}")
    if default_of(variables, "retention_days") != tree.files["main.bicep"].params["retentionDays"].get("default"):
        problems.append("confluent/topics: messages are not kept for as long as records are")
    return problems


def default_of(text: str, name: str) -> str | int | None:
    """The default of one of Terraform's variables."""
    found = re.search(rf'(?ms)^variable "{name}" {{.*?^  default +=\s*("[^"]*"|\d+)$.*?^}}', text)
    return None if found is None else int(found[1]) if found[1].isdigit() else found[1].strip('"')


def outputs(root: Path, tree: Tree) -> list[str]:
    known = set(tree.files["main.bicep"].outputs) | {"AZURE_RESOURCE_GROUP"}
    script = (root / "infra/subscribe.sh").read_text(encoding="utf-8")
    problems = [f"infra/subscribe.sh reads {name}, which main.bicep does not put out" for name in re.findall(r"\$\{(\w+):\?", script) if name not in known]
    page = (root / "docs/deploy.md").read_text(encoding="utf-8")
    loop = re.search(r"for name in ([A-Z_\\\s]+);", page)
    listed = set(loop[1].replace("\\", " ").split()) if loop else set()
    return problems + [f"docs/deploy.md reads {name}, which main.bicep does not put out" for name in sorted(listed - known)]


def web(root: Path, tree: Tree) -> list[str]:
    problems = []
    router = (root / "crates/upload-web/src/router.rs").read_text(encoding="utf-8")
    for one in tree.resources("Microsoft.Web/sites"):
        path = one.get("properties.siteConfig.healthCheckPath")
        if path is not None and f'"{path}"' not in router:
            problems.append(f"{one.where}: the web application has no page {path}")
    dockerfile = (root / "deploy/web.Dockerfile").read_text(encoding="utf-8")
    port = re.search(r"EXPOSE (\d+)", dockerfile)
    if not port or f"value: '{port[1]}'" not in tree.files["modules/web.bicep"].text:
        problems.append("deploy/web.Dockerfile and WEBSITES_PORT name different ports")
    return problems


def gateway(root: Path, tree: Tree) -> list[str]:
    """A page sends a photo as the body of a request, which the firewall takes for an oversized form, and waits for events."""
    script = (root / "crates/upload-web/assets/upload.js").read_text(encoding="utf-8")
    return gateway_for(script, tree)


def gateway_for(script: str, tree: Tree) -> list[str]:
    problems = []
    for firewall in tree.resources("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies"):
        if "request.send(" in script and firewall.get("properties.policySettings.requestBodyEnforcement") is not False:
            problems.append(f"{firewall.where}: bodies over 2,000 KB that are no form are refused")
        allowed = [
            one["matchValues"][0]
            for rule in firewall.get("properties.customRules") or []
            if rule["action"] == "Allow"
            for one in rule["matchConditions"]
            if one["operator"] == "Regex"
        ]
        for path in re.findall(r'request\.open\("POST", [`"]([^?`"$]+)', script):
            if not any(re.search(pattern, path) and re.search(pattern, f"{path}?a=b") for pattern in allowed):
                problems.append(f"{firewall.where}: the managed rules refuse images that are sent to {path}")
            if any(re.search(pattern, f"{path}/a") for pattern in allowed):
                problems.append(f"{firewall.where}: more than {path} passes the managed rules")
    for one in tree.resources("Microsoft.Network/applicationGateways"):
        if "EventSource(" in script and one.get("properties.globalConfiguration.enableResponseBuffering") is not False:
            problems.append(f"{one.where}: events wait in a buffer")
    return problems


def indexes(root: Path, tree: Tree) -> list[str]:
    code = (root / "crates/upload-web/src/records/filter.rs").read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    page = (root / "docs/analytics.md").read_text(encoding="utf-8")
    asked = set(re.findall(r'(?:"|ORDER BY )(c\.[\w.]+)', code))
    asked |= {path for clause in re.findall(r"(?:WHERE|GROUP BY|ORDER BY) ([^`\n]+)", page) for path in re.findall(r"\bc\.[\w.]+", clause)}
    return unindexed(asked, tree)


def unindexed(asked: set[str], tree: Tree) -> list[str]:
    problems = [] if asked else ["no query filters by anything"]
    for store in tree.resources("Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers"):
        policy = store.get("properties.resource.indexingPolicy")
        for excluded in (one["path"] for one in policy["excludedPaths"]):
            start = re.sub(r"/[?*]$", "", excluded)
            for path in sorted(asked):
                if f"/{path.removeprefix('c.').replace('.', '/')}/".startswith(f"{start}/"):
                    problems.append(f"{store.where}: {path} is asked for, and {excluded} is not indexed")
    return problems


def explained(root: Path, tree: Tree) -> list[str]:
    text = tree.files["modules/alerts.bicep"].text
    alerts = set(re.findall(r"name: 'alert-([a-z-]+)-\$", text)) | set(re.findall(r"(?m)^    name: '([a-z-]+)'$", text))
    page = (root / "docs/deploy.md").read_text(encoding="utf-8")
    told = set(re.findall(r"(?m)^\| `([a-z-]+)` \|", page))
    return [f"docs/deploy.md does not say what to do about {name}" for name in sorted(alerts - told)] + ([] if alerts else ["there are no alerts"])


def doors(root: Path) -> list[str]:
    problems = []
    for name in (".github/workflows/deploy.yml", "docs/deploy.md"):
        problems += [f"{name}: {problem}" for problem in doors_in((root / name).read_text(encoding="utf-8"))]
    return problems


def doors_in(text: str) -> list[str]:
    """`config-zip` sends to the deployment endpoint, and then asks the site itself until it answers."""
    before, deploy, after = text.partition("az functionapp deployment source config-zip")
    if not deploy:
        return ["nothing is deployed"]
    problems = []
    for verb, part in (("add", before), ("remove", after)):
        if not re.search(rf"for scm in true false; do\s+az functionapp config access-restriction {verb} [^;]*--scm-site \"?\$scm", part):
            problems.append(f"access-restriction {verb} does not go over the deployment endpoint and the site")
    return problems


def image(root: Path) -> list[str]:
    text = (root / "deploy/handler.Dockerfile").read_text(encoding="utf-8")
    return [] if re.search(r"(?m)^RUN .*(\\\n.*)*darkroom presets check", text) else ["deploy/handler.Dockerfile never starts the handler"]
