"""Environments with one thing broken, and the message that the policy must give for each."""

from __future__ import annotations

import copy
from typing import Any

from .. import alerts, policy, predicted
from ..environments import Environment

Open = {"access": "Allow", "direction": "Inbound", "protocol": "Tcp", "sourceAddressPrefix": "Internet", "sourcePortRange": "*"}

# Environment, type of the resource whose first instance is changed, path, value (None removes it), and the expected
# message.
CHANGED: list[tuple[str, str, str, Any, str]] = [
    ("dev", "Microsoft.Storage/storageAccounts", "properties.allowSharedKeyAccess", True, "allowSharedKeyAccess is true, not false"),
    ("dev", "Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion", "TLS1_0", "minimumTlsVersion is TLS1_0"),
    ("prod", "Microsoft.Storage/storageAccounts", "properties.publicNetworkAccess", "Enabled", "publicNetworkAccess is Enabled, not Disabled"),
    ("prod", "Microsoft.KeyVault/vaults", "properties.networkAcls.defaultAction", "Allow", "defaultAction is Allow, not Deny"),
    ("prod", "Microsoft.DocumentDB/databaseAccounts", "properties.disableLocalAuth", None, "disableLocalAuth is not set"),
    ("prod", "Microsoft.Storage/storageAccounts/blobServices/containers", "properties.publicAccess", "Blob", "publicAccess is Blob"),
    ("prod", "Microsoft.Web/sites", "properties.httpsOnly", False, "httpsOnly is false"),
    ("prod", "Microsoft.Web/sites", "properties.virtualNetworkSubnetId", None, "it is not joined to the network"),
    ("prod", "Microsoft.Web/sites", "properties.publicNetworkAccess", "Enabled", "publicNetworkAccess is not Disabled"),
    ("dev", "Microsoft.Web/sites/config", "properties.globalValidation.requireAuthentication", False, "it lets people in who have not signed in"),
    ("kafka-trigger", "Microsoft.Web/sites", "properties.siteConfig.ftpsState", "AllAllowed", "ftpsState is AllAllowed"),
    ("prod", "Microsoft.Network/applicationGateways", "properties.firewallPolicy", None, "it has no firewall policy"),
    ("prod", "Microsoft.Network/applicationGateways", "properties.httpListeners.0.properties.hostName", "", "has an empty host name"),
    ("prod", "Microsoft.Network/applicationGateways", "properties.httpListeners.1.properties.protocol", "Http", "is not redirected"),
    ("prod", "Microsoft.Network/virtualNetworks", "properties.subnets.0.properties.networkSecurityGroup", None, "has no security group"),
    ("prod", "Microsoft.Network/networkSecurityGroups", "properties.securityRules", [{"properties": Open | {"priority": 100, "destinationPortRange": "22"}}], "it lets the Internet reach ['22']"),
    ("prod", "Microsoft.Network/networkSecurityGroups", "properties.securityRules", [{"properties": Open | {"priority": 100, "destinationPortRange": "443"}}], "it does not deny what it does not allow inbound"),
    ("prod", "Microsoft.Network/networkSecurityGroups", "properties.securityRules", [{"properties": Open | {"priority": 100, "direction": "Outbound", "destinationAddressPrefix": "Internet", "destinationPortRange": "*"}}], "it lets everything out to the Internet"),
    ("prod", "Microsoft.Network/networkSecurityGroups", "properties.securityRules", [{"properties": Open | {"priority": 100, "direction": "Outbound"}}] * 2, "2 rules have the priority 100"),
    ("kafka-trigger", "Microsoft.Network/networkInterfaces", "properties.ipConfigurations.0.properties.publicIPAddress", {"id": "x"}, "it has a public address"),
    ("kafka-trigger", "Microsoft.Compute/virtualMachines", "properties.osProfile.linuxConfiguration.disablePasswordAuthentication", False, "disablePasswordAuthentication is false"),
    ("kafka-trigger", "Microsoft.Network/bastionHosts", "properties.enableShareableLink", True, "enableShareableLink is true"),
    ("recovery", "Microsoft.EventGrid/topics", "properties.disableLocalAuth", False, "disableLocalAuth is false, not true"),
    ("recovery", "Microsoft.EventGrid/topics", "properties.publicNetworkAccess", "Enabled", "publicNetworkAccess is Enabled, not Disabled"),
    ("prod", "Microsoft.Web/serverfarms", "properties.elasticScaleEnabled", False, "it does not grow with its requests"),
    ("prod", "Microsoft.Web/serverfarms", "properties.maximumElasticWorkerCount", None, "the number of its instances has no limit"),
    ("prod", "Microsoft.Network/applicationGateways", "properties.autoscaleConfiguration.minCapacity", 1, "one instance cannot be in several zones"),
    ("kafka-trigger", "Microsoft.DocumentDB/databaseAccounts", "properties.networkAclBypassResourceIds", [], "it lets more in than one workspace"),
    ("kafka-trigger", "Microsoft.DocumentDB/databaseAccounts", "properties.capabilities", [], "only a part of the bypass is set"),
    ("dev", "Microsoft.Insights/diagnosticSettings", "properties.workspaceId", None, "it sends no logs or metrics"),
    ("dev", "Microsoft.Storage/storageAccounts", "properties.note", "[listKeys('x')]", "it holds listKeys("),
    ("dev", "Microsoft.Storage/storageAccounts", "properties.note", "AccountKey=abc", "it holds AccountKey="),
    ("kafka-trigger", "Microsoft.Web/sites", "properties.siteConfig.appSettings", [{"name": "KAFKA_PASSWORD", "value": "abc"}], "KAFKA_PASSWORD is no reference to the vault"),
    ("dev", "Microsoft.Authorization/roleAssignments", "properties.roleDefinitionId", "/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "a role that is too wide"),
    ("dev", "Microsoft.Authorization/roleAssignments", "properties.principalType", None, "principalType is not set"),
    ("dev", "Microsoft.Authorization/roleAssignments", "id", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments/r", "on the whole resource group"),
    ("dev", "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions", "properties.permissions.0.dataActions.0", "Microsoft.DocumentDB/databaseAccounts/*", "allows more than it names"),
    ("dev", "Microsoft.KeyVault/vaults", "apiVersion", "2025-01-01-preview", "is a preview"),
    ("dev", "Microsoft.Web/serverfarms", "properties.zoneRedundant", None, "zoneRedundant is not set"),
    ("dev", "Microsoft.Storage/storageAccounts", "name", "stDARK", "is not a valid name"),
    ("dev", "Microsoft.Web/sites", "properties.serverFarmId", "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg-darkroom-dev/providers/Microsoft.Web/serverfarms/gone", "serverfarms/gone, which nothing creates"),
    ("dev", "Microsoft.Insights/scheduledQueryRules", "properties.criteria.allOf.0.query", "StorageBlobLogs | where StatusCode == 201", "has StatusCode as text"),
    ("dev", "Microsoft.Insights/scheduledQueryRules", "properties.criteria.allOf.0.query", "requests | summarize count()", "is sampled"),
    ("dev", "Microsoft.Insights/metricAlerts", "properties.criteria.allOf.0.metricNamespace", "Microsoft.Storage/storageAccounts/queueServices", "it counts the messages of every queue"),
    ("dev", "Microsoft.Insights/scheduledQueryRules", "properties", {"muteActionsDuration": "PT1H", "autoMitigate": True}, "cannot be muted"),
]

# Environment, type whose resources are all removed, and the expected message.
REMOVED = [
    ("dev", "Microsoft.Web/sites/basicPublishingCredentialsPolicies", "basic credentials for scm are not off"),
    ("dev", "Microsoft.Insights/diagnosticSettings", "it has no diagnostic setting"),
    ("prod", "Microsoft.Network/privateEndpoints", "it has no private endpoint"),
]


def checks(environments: list[Environment]):
    known = {one.name: one for one in environments}
    found = [(f"mutant: {type_}: {said}", lambda e=known[name], t=type_, p=path, v=value, s=said: survives(changed(e, t, p, v), s)) for name, type_, path, value, said in CHANGED]
    found += [(f"mutant: no {type_}: {said}", lambda e=known[name], t=type_, s=said: survives(without(e, t), s)) for name, type_, said in REMOVED]
    function_app = changed(known["dev"], "Microsoft.Web/sites", "properties.siteConfig.ipSecurityRestrictionsDefaultAction", "Allow", which="func-")
    unlimited = changed(known["prod"], "Microsoft.Web/sites", "properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount", None, which="func-")
    found.append(("mutant: a function app without a limit", lambda: survives(unlimited, "the number of its instances has no limit")))
    return found + [("mutant: a function app that is open to all", lambda: survives(function_app, "ipSecurityRestrictionsDefaultAction is not Deny"))]


def changed(environment: Environment, type_: str, path: str, value: Any, which: str = "") -> Environment:
    copied = Environment.of(environment.name, copy.deepcopy({"resources": [one.config for one in environment.resources], "outputs": {}}))
    target: Any = next(one for one in copied.all(type_) if one.name.startswith(which)).config
    *parts, last = path.split(".")
    for part in parts:
        target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
    if value is None:
        del target[last]
    else:
        target[int(last) if isinstance(target, list) else last] = value
    return copied


def without(environment: Environment, type_: str) -> Environment:
    return Environment.of(environment.name, {"resources": [one.config for one in environment.resources if one.type.lower() != type_.lower()], "outputs": {}})


def survives(environment: Environment, said: str) -> list[str]:
    problems = [problem for _, check in policy.checks([environment]) + predicted.checks([environment]) for problem in check()]
    problems += alerts.unreliable(environment)
    return [] if any(said in problem for problem in problems) else [f"nothing says: {said}; said was: {problems}"]
