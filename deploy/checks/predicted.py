"""Rules of Azure that the compiler does not check: names, ids, numbers and settings of the evaluated resources.

A rule examines the resources of one environment and returns the problems. Values that only Azure knows are expressions in
brackets, and the rules ignore them.
"""

from __future__ import annotations

import re
from collections import Counter
from ipaddress import ip_network
from itertools import combinations
from typing import Any, Iterator

from .environments import Environment
from .roles import NAMES as ROLES

Resource = dict[str, Any]

# The pattern of names for each type.
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
NAME = {
    "Microsoft.App/managedEnvironments": r"[a-z][a-z0-9-]{0,58}[a-z0-9]",
    "Microsoft.ContainerRegistry/registries": r"[a-zA-Z0-9]{5,50}",
    "Microsoft.DocumentDB/databaseAccounts": r"[a-z0-9][a-z0-9-]{2,43}",
    "Microsoft.EventGrid/systemTopics": r"[a-zA-Z0-9-]{3,50}",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": r"[a-zA-Z0-9-]{3,64}",
    "Microsoft.Insights/components": r"[^%&\\?/]{1,259}[^%&\\?/. ]",
    "Microsoft.KeyVault/vaults": r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}",
    "Microsoft.Network/applicationGateways": r"[a-zA-Z0-9]([\w.-]{0,78}\w)?",
    "Microsoft.Network/networkSecurityGroups": r"[a-zA-Z0-9]([\w.-]{0,78}\w)?",
    "Microsoft.Network/privateEndpoints": r"[a-zA-Z0-9][\w.-]{0,62}\w",
    "Microsoft.Network/publicIPAddresses": r"[a-zA-Z0-9]([\w.-]{0,78}\w)?",
    "Microsoft.Network/virtualNetworks": r"[a-zA-Z0-9][\w.-]{0,62}\w",
    "Microsoft.OperationalInsights/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
    "Microsoft.Resources/resourceGroups": r"[\w().-]{0,89}[\w()-]",
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.Storage/storageAccounts/blobServices/containers": r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "Microsoft.Web/serverfarms": r"[a-zA-Z0-9-]{1,60}",
    # The host's id is the first 32 characters of a function app's name. Two apps with the same first characters would
    # share their locks.
    "Microsoft.Web/sites": r"[a-zA-Z0-9][a-zA-Z0-9-]{0,30}[a-zA-Z0-9]",
}
ID = re.compile(r"/subscriptions/[^/'\s]+/resourceGroups/[^'\s,)\]|\"]+")
INT32 = 2**31 - 1


def checks(environments: list[Environment]):
    return [
        ("predicted: Azure accepts the names, ids, numbers and settings", lambda: [f"{one.name}: {problem}" for one in environments for problem in problems([resource.config for resource in one.resources])]),
    ]


def problems(resources: list[Resource]) -> list[str]:
    found = []
    for rule in (bad_names, same_ids, dangling_ids, unknown_roles):
        found += rule(resources)
    for one in resources:
        if rule := BY_TYPE.get(one["type"]):
            found += [f"{one['type']} {short(one)}: {problem}" for problem in rule(one.get("properties", {}))]
    return found


def known(value: Any) -> bool:
    return not (isinstance(value, str) and value.startswith("["))


def short(one: Resource) -> str:
    return str(one.get("name", ""))[:60]


def bad_names(resources: list[Resource]) -> list[str]:
    problems = []
    for one in resources:
        last = str(one["name"]).rsplit("/", 1)[-1]
        pattern = NAME.get(one["type"])
        if pattern and known(one["name"]) and not re.fullmatch(pattern, last, re.ASCII):
            problems.append(f"{one['type']}: {last!r} is not a valid name")
    return problems


def same_ids(resources: list[Resource]) -> list[str]:
    counts = Counter(one["id"].lower() for one in resources if "id" in one)
    return [f"{count} resources have the id {name}" for name, count in counts.items() if count > 1]


def dangling_ids(resources: list[Resource]) -> list[str]:
    """Returns ids in the deployment's own resource groups that belong to no resource and to no part of one."""
    # A resource group is not a resource that others are parts of.
    made = {one["id"].lower() for one in resources if "id" in one and known(one["id"]) and one["type"] != "Microsoft.Resources/resourceGroups"}
    made |= set(subnets(resources))
    # An account that is given roles and not created exists already: the database after the loss of a region.
    there = {name.rsplit("/", 2)[0] for name in made if "/databaseaccounts/" in name and "/sqlroledefinitions/" in name}
    groups = {"/".join(name.split("/")[:5]) for name in made if "/resourcegroups/" in name}
    problems = []
    for one in resources:
        for name in {match.rstrip("/").lower() for text in texts(one) for match in ID.findall(text)}:
            # A name that ends with a type is the beginning of an id whose rest only Azure knows.
            whole = len(name.split("/")) % 2 == 1
            if whole and "/".join(name.split("/")[:5]) in groups and not covered(name, made | there):
                problems.append(f"{one['type']} {short(one)} refers to {name}, which nothing creates")
    return problems


def covered(name: str, made: set[str]) -> bool:
    if "/subnets/" in name:
        return name in made
    return name in made or len(name.split("/")) == 5 or any(name.startswith(f"{other}/") for other in made)


def subnets(resources: list[Resource]) -> Iterator[str]:
    for one in resources:
        if one["type"] == "Microsoft.Network/virtualNetworks":
            for subnet in one["properties"].get("subnets", []):
                yield f"{one['id']}/subnets/{subnet['name']}".lower()


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)


def unknown_roles(resources: list[Resource]) -> list[str]:
    problems = []
    own = {one["name"] for one in resources if one["type"] == "Microsoft.Authorization/roleDefinitions"}
    for one in resources:
        if one["type"] == "Microsoft.Authorization/roleAssignments":
            properties = one["properties"]
            role = re.search(r"roleDefinitions/([0-9a-f-]{36})", properties["roleDefinitionId"])
            if role and role[1] not in ROLES and role[1] not in own:
                problems.append(f"a role assignment gives the role {role[1]}, whose name roles.py does not know")
            if not properties.get("principalId"):
                problems.append(f"a role assignment of {ROLES.get(role[1]) if role else 'a role'} has no principal")
    return problems


def network(properties: dict[str, Any]) -> list[str]:
    spaces = [ip_network(prefix) for prefix in properties["addressSpace"]["addressPrefixes"]]
    ranges = {one["name"]: ip_network(one["properties"]["addressPrefix"]) for one in properties.get("subnets", [])}
    outside = [name for name, part in ranges.items() if not any(part.subnet_of(space) for space in spaces)]
    overlaps = [f"{one} and {other}" for one, other in combinations(ranges, 2) if ranges[one].overlaps(ranges[other])]
    return [f"the subnet {name} is outside" for name in outside] + [f"the subnets {pair} overlap" for pair in overlaps]


def security_rules(properties: dict[str, Any]) -> list[str]:
    rules = [rule["properties"] for rule in properties.get("securityRules", [])]
    counts = Counter((rule["direction"], rule["priority"]) for rule in rules)
    problems = [f"{count} rules have the priority {key[1]} {key[0]}" for key, count in counts.items() if count > 1]
    return problems + [f"the priority {rule['priority']} is not within 100 and 4096" for rule in rules if not 100 <= rule["priority"] <= 4096]


def site(properties: dict[str, Any]) -> list[str]:
    config = properties.get("siteConfig") or {}
    counts = Counter(setting["name"].upper() for setting in config.get("appSettings", []))
    problems = [f"the setting {name} is set {count} times" for name, count in counts.items() if count > 1]
    image = str(config.get("linuxFxVersion", ""))
    if image.startswith("DOCKER|") and not re.search(r"[\w\]]$", image):
        problems.append(f"{image!r} names no image")
    scale = (properties.get("functionAppConfig") or {}).get("scaleAndConcurrency", {})
    ready = sum(one["instanceCount"] for one in scale.get("alwaysReady", []))
    if ready > scale.get("maximumInstanceCount", ready):
        problems.append(f"{ready} instances are kept ready, and {scale['maximumInstanceCount']} is the most")
    return problems


def gateway(properties: dict[str, Any]) -> list[str]:
    problems = []
    if scale := properties.get("autoscaleConfiguration"):
        least, most = scale["minCapacity"], scale.get("maxCapacity", 125)
        if not (0 <= least <= most and 2 <= most <= 125):
            problems.append(f"the capacities {least} and {most} are out of range")
    for listener in properties.get("httpListeners", []):
        if any(not name for key in ("hostName", "hostNames") if key in listener["properties"] for name in [listener["properties"][key]]):
            problems.append(f"the listener {listener['name']} has an empty host name")
    priorities = Counter(rule["properties"]["priority"] for rule in properties.get("requestRoutingRules", []))
    return problems + [f"{count} rules have the priority {key}" for key, count in priorities.items() if count > 1]


def account(properties: dict[str, Any]) -> list[str]:
    places = Counter(re.sub(r"\s", "", place["locationName"]).lower() for place in properties.get("locations", []))
    return [f"the region {name} occurs {count} times" for name, count in places.items() if count > 1]


def container(properties: dict[str, Any]) -> list[str]:
    problems = []
    life = properties["resource"].get("defaultTtl")
    if life is not None and not (life == -1 or 0 < life <= INT32):
        problems.append(f"records cannot live for {life} seconds")
    most = properties.get("options", {}).get("autoscaleSettings", {}).get("maxThroughput")
    if most is not None and (most % 1000 or not 1000 <= most <= 1_000_000):
        problems.append(f"{most} is not a valid throughput: use thousands from 1,000 to 1,000,000")
    return problems


BY_TYPE = {
    "Microsoft.DocumentDB/databaseAccounts": account,
    "Microsoft.DocumentDB/databaseAccounts/sqlDatabases": lambda properties: container({"resource": {}, **properties}),
    "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers": container,
    "Microsoft.Network/applicationGateways": gateway,
    "Microsoft.Network/networkSecurityGroups": security_rules,
    "Microsoft.Network/virtualNetworks": network,
    "Microsoft.Web/sites": site,
}
