"""What no resource may be: reachable from anywhere, opened with a key, talked to in the clear, or unobserved."""

from __future__ import annotations

import re
from typing import Any

from .bicep import Resource, Tree, names, walk

SITES = "Microsoft.Web/sites"
DIAGNOSTICS = "Microsoft.Insights/diagnosticSettings"

# Type: what its properties have to be.
REQUIRED: dict[str, dict[str, Any]] = {
    "Microsoft.Storage/storageAccounts": {
        "properties.publicNetworkAccess": "Disabled",
        "properties.networkAcls.defaultAction": "Deny",
        "properties.allowBlobPublicAccess": False,
        "properties.allowSharedKeyAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.supportsHttpsTrafficOnly": True,
        "properties.minimumTlsVersion": ("TLS1_2", "TLS1_3"),
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"properties.publicAccess": "None"},
    "Microsoft.DocumentDB/databaseAccounts": {
        "properties.publicNetworkAccess": "Disabled",
        "properties.disableLocalAuth": True,
        "properties.disableKeyBasedMetadataWriteAccess": True,
        "properties.minimalTlsVersion": "Tls12",
    },
    "Microsoft.KeyVault/vaults": {
        "properties.publicNetworkAccess": "Disabled",
        "properties.networkAcls.defaultAction": "Deny",
        "properties.enableRbacAuthorization": True,
        "properties.enablePurgeProtection": True,
    },
    "Microsoft.ContainerRegistry/registries": {
        "properties.publicNetworkAccess": "Disabled",
        "properties.adminUserEnabled": False,
        "properties.anonymousPullEnabled": False,
    },
    "Microsoft.Insights/components": {"properties.DisableLocalAuth": True},
    "Microsoft.OperationalInsights/workspaces": {"properties.features.disableLocalAuth": True},
    SITES: {
        "properties.httpsOnly": True,
        "properties.siteConfig.minTlsVersion": ("1.2", "1.3"),
        "properties.siteConfig.scmMinTlsVersion": ("1.2", "1.3"),
        "properties.siteConfig.ftpsState": "Disabled",
        "properties.siteConfig.remoteDebuggingEnabled": False,
    },
    f"{SITES}/basicPublishingCredentialsPolicies": {"properties.allow": False},
    "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies": {
        "properties.policySettings.state": "Enabled",
        "properties.policySettings.mode": "Prevention",
    },
    "Microsoft.Compute/virtualMachines": {
        "properties.osProfile.linuxConfiguration.disablePasswordAuthentication": True,
        "properties.securityProfile.uefiSettings.secureBootEnabled": True,
    },
    "Microsoft.Network/bastionHosts": {
        # A link that lets in whoever has it.
        "properties.enableShareableLink": False,
        "properties.enableIpConnect": False,
    },
    "Microsoft.Network/applicationGateways": {
        "properties.sku.tier": "WAF_v2",
        "properties.sslPolicy.policyName": ("AppGwSslPolicy20220101", "AppGwSslPolicy20220101S"),
    },
}

# Everything that can send its logs or metrics somewhere. Application Insights is left out: its data is in the
# workspace already.
OBSERVED = {
    kind.lower()
    for kind in (
        "Microsoft.Storage/storageAccounts",
        "Microsoft.Storage/storageAccounts/blobServices",
        "Microsoft.Storage/storageAccounts/queueServices",
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.KeyVault/vaults",
        "Microsoft.ContainerRegistry/registries",
        "Microsoft.EventGrid/systemTopics",
        "Microsoft.Insights/autoscalesettings",
        "Microsoft.OperationalInsights/workspaces",
        "Microsoft.Network/applicationGateways",
        "Microsoft.Network/bastionHosts",
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.Network/publicIPAddresses",
        "Microsoft.Network/virtualNetworks",
        "Microsoft.Web/serverfarms",
        SITES,
    )
}

# Owner, Contributor, User Access Administrator, Role Based Access Control Administrator.
TOO_WIDE = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
}


def checks(tree: Tree):
    return [
        ("policy: public access off, keys off, TLS 1.2, HTTPS only", lambda: required(tree)),
        ("policy: sites are reached by whom they are meant for", lambda: site_access(tree)),
        ("policy: sites take no publishing passwords", lambda: publishing(tree)),
        ("policy: HTTP is only ever redirected", lambda: redirects(tree)),
        ("policy: hosts have no public address", lambda: hosts(tree)),
        ("policy: subnets have security groups that deny by default", lambda: groups(tree)),
        ("policy: every resource that can sends diagnostics", lambda: diagnostics(tree)),
        ("policy: private services have private endpoints", lambda: endpoints(tree)),
        ("policy: no keys are listed and no secrets are put out", lambda: secrets(tree)),
        ("policy: roles are narrow and say whose they are", lambda: assignments(tree)),
        ("policy: no preview versions", lambda: versions(tree)),
        ("policy: every plan says whether it is spread over zones", lambda: zones(tree)),
        ("policy: alerts ask what the logs can answer", lambda: alerts(tree)),
    ]


def required(tree: Tree) -> list[str]:
    problems = []
    for type_, properties in REQUIRED.items():
        for resource in tree.resources(type_):
            for path, wanted in properties.items():
                value = resource.get(path)
                allowed = wanted if isinstance(wanted, tuple) else (wanted,)
                if not any(value is option or (isinstance(option, str) and value == option) for option in allowed):
                    problems.append(f"{resource.where}: {path} is {shown(value)}, not {' or '.join(map(shown, allowed))}")
    return problems


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "not set" if value is None else str(value)


def site_access(tree: Tree) -> list[str]:
    """A web app is private. A function app may be reached by listed callers, each of them narrower than everybody."""
    problems = []
    for site in tree.resources(SITES):
        if site.get("properties.virtualNetworkSubnetId") is None:
            problems.append(f"{site.where}: it is not joined to the network")
        if "functionapp" not in str(site.get("kind")):
            if site.get("properties.publicNetworkAccess") != "Disabled":
                problems.append(f"{site.where}: publicNetworkAccess is not Disabled")
            continue
        for key in ("ipSecurityRestrictionsDefaultAction", "scmIpSecurityRestrictionsDefaultAction"):
            if site.get(f"properties.siteConfig.{key}") != "Deny":
                problems.append(f"{site.where}: {key} is not Deny")
        if site.get("properties.siteConfig.scmIpSecurityRestrictionsUseMain") is not False:
            problems.append(f"{site.where}: the deployment endpoint takes callers of the site")
    for file in tree.files.values():
        for rule in walk(file.tree):
            if rule.get("action") == "Allow" and rule.get("ipAddress") in ("Any", "0.0.0.0/0", "*", "Internet"):
                problems.append(f"{file.name}: an access restriction lets everybody in")
    return problems


def publishing(tree: Tree) -> list[str]:
    problems = []
    for name, file in tree.files.items():
        if not any(resource.type == SITES and not resource.existing for resource in file.resources):
            continue
        closed = {str(r.get("name")) for r in file.resources if r.type == f"{SITES}/basicPublishingCredentialsPolicies"}
        problems += [f"{name}: basic credentials for {way} are not off" for way in sorted({"ftp", "scm"} - closed)]
    return problems


def redirects(tree: Tree) -> list[str]:
    """Every rule of a listener without TLS redirects, and goes to no backend."""
    problems = []
    for gateway in tree.resources("Microsoft.Network/applicationGateways"):
        file = tree.files[gateway.file]
        plain = {
            str(one.get("name"))
            for one in walk(file.tree)
            if isinstance(one.get("properties"), dict) and one["properties"].get("protocol") == "Http" and "frontendPort" in one["properties"]
        }
        rules = [one["properties"] for one in walk(file.tree) if isinstance(one.get("properties"), dict) and "ruleType" in one["properties"]]
        for listener in plain:
            suffix = f"/httpListeners/{listener}"
            for rule in rules:
                if str(rule.get("httpListener", {}).get("id", "")).endswith(suffix) and "redirectConfiguration" not in rule:
                    problems.append(f"{gateway.where}: HTTP on {listener} is not redirected")
        if gateway.get("properties.firewallPolicy.id") is None:
            problems.append(f"{gateway.where}: it has no firewall policy")
    return problems


def hosts(tree: Tree) -> list[str]:
    return [
        f"{interface.where}: it has a public address"
        for interface in tree.resources("Microsoft.Network/networkInterfaces")
        if any("publicIPAddress" in one for one in walk(interface.config))
    ]


def groups(tree: Tree) -> list[str]:
    problems = []
    for network in tree.resources("Microsoft.Network/virtualNetworks"):
        for subnet in walk(network.get("properties.subnets")):
            properties = subnet.get("properties")
            if isinstance(properties, dict) and "addressPrefix" in properties and "networkSecurityGroup" not in properties:
                name = subnet["name"] if isinstance(subnet.get("name"), str) else "of a loop"
                problems.append(f"{network.where}: the subnet {name} has no security group")
    for group in tree.resources("Microsoft.Network/networkSecurityGroups"):
        file = tree.files[group.file]
        rules: list[dict[str, Any]] = []
        for name in names(group.get("properties.securityRules")):
            resolved = file.resolve(name)
            rules += [one for one in walk(resolved) if "access" in one]
        rules += [one for one in walk(group.get("properties.securityRules")) if "access" in one]
        denied = [one for one in rules if one["access"] == "Deny" and one.get("direction") == "Inbound" and one.get("sourceAddressPrefix") == "*"]
        inbound = [one for one in rules if one["access"] == "Allow" and one.get("direction") == "Inbound"]
        # Azure's own last rule denies the Internet; where something is let in, ours denies the rest of the network too.
        if inbound and not denied:
            problems.append(f"{group.where}: it does not deny what it does not allow inbound")
        for one in rules:
            ports = one.get("destinationPortRanges") or [one.get("destinationPortRange")]
            if one["access"] == "Allow" and one.get("direction") == "Inbound":
                problems += [f"{group.where}: {problem}" for problem in let_in(one.get("sourceAddressPrefix"), ports)]
            if one["access"] == "Allow" and one.get("direction") == "Outbound":
                problems += [f"{group.where}: {problem}" for problem in let_out(one.get("destinationAddressPrefix"), ports)]
    for file in tree.files.values():
        for subnet in walk(file.variables):
            problems += [f"{file.name}: {problem}" for problem in subnet_rules(subnet)]
    return problems


def subnet_rules(subnet: dict[str, Any]) -> list[str]:
    """The rules of a subnet as network.bicep hands them to security-group.bicep, which denies everything else."""
    if "prefix" not in subnet or "name" not in subnet:
        return []
    problems = []
    for rule in walk(subnet.get("inbound")):
        if "from" in rule:
            problems += let_in(rule["from"], rule.get("ports") or [rule.get("port")])
    for rule in walk(subnet.get("outbound")):
        # Azure Bastion refuses a security group without this one.
        if "to" in rule and not (subnet["name"] == "AzureBastionSubnet" and str(rule.get("port")) == "80"):
            problems += let_out(rule["to"], rule.get("ports") or [rule.get("port")])
    return [f"the subnet {subnet['name']}: {problem}" for problem in problems]


def let_in(source: Any, ports: list[Any]) -> list[str]:
    everybody = source in ("*", "Internet", "0.0.0.0/0")
    return [f"it lets the Internet reach {ports}"] if everybody and not set(map(str, ports)) <= {"80", "443"} else []


def let_out(destination: Any, ports: list[Any]) -> list[str]:
    return [f"it lets everything out to the Internet, at {ports}"] if destination in ("*", "Internet", "0.0.0.0/0") else []


def diagnostics(tree: Tree) -> list[str]:
    problems = []
    for file in tree.files.values():
        by_symbol = {resource.symbol: resource for resource in file.resources}
        sent: set[tuple[str, str]] = set()
        for setting in file.resources:
            if setting.type.lower() != DIAGNOSTICS.lower():
                continue
            scope = by_symbol.get(str(setting.get("scope")))
            if scope is None:
                problems.append(f"{setting.where}: there is no resource {setting.get('scope')}")
                continue
            if setting.get("properties.workspaceId") is None or not (setting.get("properties.logs") or setting.get("properties.metrics")):
                problems.append(f"{setting.where}: it sends nothing")
            sent.add(identity(scope))
        for resource in file.resources:
            if not resource.existing and resource.type.lower() in OBSERVED and identity(resource) not in sent:
                problems.append(f"{resource.where}: it has no diagnostic setting")
    return problems


def identity(resource: Resource) -> tuple[str, str]:
    """An existing resource of the same type, name and parent is the same resource."""
    return resource.type.lower(), f"{resource.get('parent')}/{resource.get('name')}"


def endpoints(tree: Tree) -> list[str]:
    problems = []
    for type_ in (
        "Microsoft.Storage/storageAccounts",
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.KeyVault/vaults",
        "Microsoft.ContainerRegistry/registries",
        SITES,
    ):
        for resource in tree.resources(type_):
            if "functionapp" in str(resource.get("kind")):
                continue
            text = tree.files[resource.file].text
            if not re.search(rf"targetId:\s*{resource.symbol}\.id\b", text):
                problems.append(f"{resource.where}: it has no private endpoint")
    return problems


# Application Insights takes no telemetry by this text alone, as its local authentication is off.
NOT_SECRET = {"insightsConnectionString"}


def secrets(tree: Tree) -> list[str]:
    problems = []
    for file in tree.files.values():
        code = re.sub(r"(?m)^\s*//.*$", "", file.text)
        problems += [f"{file.name}: it calls {call}" for call in sorted(set(re.findall(r"\blist[A-Z]\w*(?=\()", code)))]
        for pattern in (r"AccountKey=", r"SharedAccessKey", r"\bsig=", r"-----BEGIN", r"\bgetSecret\("):
            if re.search(pattern, code):
                problems.append(f"{file.name}: it holds {pattern}")
        for name, detail in file.outputs.items():
            text = " ".join([name, *names(detail.get("value"))])
            # Where a secret is, is none.
            if name not in NOT_SECRET and not name.endswith("SecretUri") and re.search(r"(?i)(password|secret|connectionstring|accountkey|primarykey|sas$)", text):
                problems.append(f"{file.name}: the output {name} may be a secret")
        for name, detail in file.params.items():
            secure = any("secure" in str(decorator) for decorator in detail.get("decorators", []))
            if re.search(r"(?i)(password|secret|apikey|accesskey|token|connectionstring)$", name) and name not in NOT_SECRET and not secure:
                problems.append(f"{file.name}: the parameter {name} is not @secure()")
    return problems


def assignments(tree: Tree) -> list[str]:
    problems = []
    for file in tree.files.values():
        problems += [f"{file.name}: it gives the wide role {guid}" for guid in TOO_WIDE if guid in file.text.lower()]
    for one in tree.resources("Microsoft.Authorization/roleAssignments"):
        if one.get("properties.principalType") is None:
            problems.append(f"{one.where}: principalType is not set, so a new identity may not be found")
        if one.get("scope") is None:
            problems.append(f"{one.where}: it is given on the whole resource group")
    for definition in tree.resources("Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions"):
        for action in names(definition.get("properties.permissions")):
            if action.endswith("/*"):
                problems.append(f"{definition.where}: {action} allows more than it names")
    return problems


def versions(tree: Tree) -> list[str]:
    # Diagnostic settings have had no other version for years.
    return [
        f"{resource.where}: {resource.type}@{resource.version} is a preview"
        for resource in tree.resources()
        if "preview" in resource.version and resource.type.lower() != DIAGNOSTICS.lower()
    ]


def zones(tree: Tree) -> list[str]:
    return [
        f"{resource.where}: zoneRedundant is not set"
        for resource in tree.resources("Microsoft.Web/serverfarms")
        if resource.get("properties.zoneRedundant") is None
    ]


def misread(query: str) -> list[str]:
    """What a query of logs takes for something that it is not."""
    problems = []
    tables = set(re.findall(r"(?:^|[(,]|union)\s*(\w+)\s*\|", query))
    # The resource logs of storage have the status as text, and text never equals a number.
    if re.search(r"StatusCode\s*[=!<>]=?\s*\d", query):
        problems += [f"{table} has StatusCode as text" for table in sorted(tables) if table.startswith("Storage")]
    # A row of telemetry stands for as many as its item count says.
    if re.search(r"\bcount(if)?\(", query):
        problems += [f"{table} is sampled: add up itemCount" for table in sorted(tables & {"requests", "AppRequests"})]
    return problems


def alerts(tree: Tree) -> list[str]:
    """Queries are not validated when they are deployed, as their tables come with their first rows: a wrong one is silent."""
    problems = []
    for file in tree.files.values():
        for query in {one["query"] for one in walk(file.tree) if isinstance(one.get("query"), str)}:
            problems += [f"{file.name}: {problem}" for problem in misread(query)]
    for rule in tree.resources("Microsoft.Insights/scheduledQueryRules"):
        # Azure refuses the two together. An expression may do right; a fixed value cannot change its mind.
        if rule.get("properties.muteActionsDuration") is not None and rule.get("properties.autoMitigate") in (True, None):
            problems.append(f"{rule.where}: an alert that closes by itself cannot be muted")
    return problems
