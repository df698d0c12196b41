"""Predicted resources that Azure would refuse, and findings of Checkov without a reason."""

from __future__ import annotations

from typing import Any

from ... import predicted
from .. import checkov
from .expect import nothing, said

GROUP = "/subscriptions/s/resourceGroups/g"


def checks():
    return [
        ("test: names, ids and roles that Azure would refuse", names),
        ("test: networks that Azure would refuse", networks),
        ("test: numbers and settings that Azure would refuse", numbers),
        ("test: a finding of Checkov without a reason, and a reason without a finding", findings),
    ]


def resource(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"id": f"{GROUP}/providers/{kind}/{name}", "type": kind, "name": name, "properties": properties}


def problems(*resources: dict[str, Any]) -> list[str]:
    return predicted.problems(list(resources))


def names() -> list[str]:
    network = resource("Microsoft.Network/virtualNetworks", "vnet", addressSpace={"addressPrefixes": ["10.0.0.0/16"]}, subnets=[])
    endpoint = resource("Microsoft.Network/privateEndpoints", "pe", subnet={"id": f"{network['id']}/subnets/gone"})
    role = {"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-00000000000f", "principalId": ""}
    found = problems(
        resource("Microsoft.Storage/storageAccounts", "st-dark"),
        resource("Microsoft.KeyVault/vaults", "kv--dark"),
        resource("Microsoft.Web/sites", "a-name-of-thirty-three-characters"),
        network,
        network,
        endpoint,
        {"type": "Microsoft.Authorization/roleAssignments", "name": "[guid('x')]", "properties": role},
    )
    fine = problems(resource("Microsoft.Storage/storageAccounts", "stdark"), resource("Microsoft.Web/sites", "func-dark"))
    return nothing(fine) + said(
        found, "'st-dark' is not a valid name", "'kv--dark' is not a valid name", "characters' is not a valid name", "2 resources have the id",
        "subnets/gone, which nothing creates", "whose name roles.py does not know", "has no principal",
    )  # fmt: skip


def networks() -> list[str]:
    parts = {"a": "10.0.0.0/24", "b": "10.0.0.128/25", "c": "10.1.0.0/24"}
    subnets = [{"name": name, "properties": {"addressPrefix": prefix}} for name, prefix in parts.items()]
    rules = [{"name": str(n), "properties": {"direction": "Inbound", "priority": n}} for n in (100, 100, 5000)]
    return said(
        problems(
            resource("Microsoft.Network/virtualNetworks", "vnet", addressSpace={"addressPrefixes": ["10.0.0.0/16"]}, subnets=subnets),
            resource("Microsoft.Network/networkSecurityGroups", "nsg", securityRules=rules),
        ),
        "the subnets a and b overlap", "the subnet c is outside", "2 rules have the priority 100", "5000 is not within",
    )  # fmt: skip


def numbers() -> list[str]:
    listener = {"name": "web", "properties": {"hostName": ""}}
    database = "Microsoft.DocumentDB/databaseAccounts"
    scale = {"scaleAndConcurrency": {"maximumInstanceCount": 1, "alwaysReady": [{"name": "blob", "instanceCount": 2}]}}
    twice = [{"name": "A", "value": "1"}, {"name": "a", "value": "2"}]
    return said(
        problems(
            resource("Microsoft.Network/applicationGateways", "agw", autoscaleConfiguration={"minCapacity": 0, "maxCapacity": 1}, httpListeners=[listener]),
            resource("Microsoft.Web/sites", "func", functionAppConfig=scale, siteConfig={"appSettings": twice, "linuxFxVersion": "DOCKER|host/"}),
            resource(database, "cosmos", locations=[{"locationName": "West Europe"}, {"locationName": "westeurope"}]),
            resource(f"{database}/sqlDatabases/containers", "c", resource={"defaultTtl": 2**31}, options={"autoscaleSettings": {"maxThroughput": 1500}}),
        ),
        "the capacities 0 and 1", "an empty host name", "2 instances are kept ready", "the setting A is set 2 times",
        "names no image", "the region westeurope occurs 2 times", "cannot live for 2147483648 seconds", "1500 is not a valid throughput",
    )  # fmt: skip


def findings() -> list[str]:
    open_account = resource("Microsoft.Storage/storageAccounts", "stopen", allowBlobPublicAccess=True, supportsHttpsTrafficOnly=False)
    allowed = [{"check": "CKV_AZURE_1", "type": "Microsoft.Compute/virtualMachines", "reason": " "}]
    found = checkov.found({"open": [{**open_account, "apiVersion": "2023-05-01"}]})
    explained = [{"check": one.check, "type": one.type, "reason": "a test"} for one in found]
    return nothing(checkov.unexplained(found, explained)) + said(
        checkov.unexplained(found, allowed),
        "CKV_AZURE_3 (", "CKV_AZURE_1 of Microsoft.Compute/virtualMachines, which is not found", "no reason for CKV_AZURE_1",
    )  # fmt: skip
