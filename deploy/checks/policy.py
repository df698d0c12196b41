"""The policy for all resources: not reachable from everywhere, no access with keys, no plain text on the network, and all of them monitored."""

from __future__ import annotations

import re
from typing import Any, Iterator

from .environments import Environment, Resource, walk

SITES = "Microsoft.Web/sites"
DIAGNOSTICS = "Microsoft.Insights/diagnosticSettings"

# The required values of properties by type, in every environment.
REQUIRED: dict[str, dict[str, Any]] = {
    "Microsoft.Storage/storageAccounts": {
        "properties.allowBlobPublicAccess": False,
        "properties.allowSharedKeyAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.supportsHttpsTrafficOnly": True,
        "properties.minimumTlsVersion": ("TLS1_2", "TLS1_3"),
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"properties.publicAccess": "None"},
    "Microsoft.DocumentDB/databaseAccounts": {
        "properties.disableLocalAuth": True,
        "properties.disableKeyBasedMetadataWriteAccess": True,
        "properties.minimalTlsVersion": "Tls12",
    },
    "Microsoft.EventGrid/topics": {
        "properties.disableLocalAuth": True,
        "properties.minimumTlsVersionAllowed": "1.2",
    },
    "Microsoft.KeyVault/vaults": {
        "properties.enableRbacAuthorization": True,
    },
    "Microsoft.ContainerRegistry/registries": {
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
        # A shareable link would let in anybody who has it.
        "properties.enableShareableLink": False,
        "properties.enableIpConnect": False,
    },
    "Microsoft.Network/applicationGateways": {
        "properties.sku.tier": "WAF_v2",
        "properties.sslPolicy.policyName": ("AppGwSslPolicy20220101", "AppGwSslPolicy20220101S"),
    },
}

# The required values in environments with a private network, in addition.
REQUIRED_PRIVATE: dict[str, dict[str, Any]] = {
    "Microsoft.Storage/storageAccounts": {
        "properties.publicNetworkAccess": "Disabled",
        "properties.networkAcls.defaultAction": "Deny",
    },
    "Microsoft.DocumentDB/databaseAccounts": {"properties.publicNetworkAccess": "Disabled"},
    "Microsoft.EventGrid/topics": {"properties.publicNetworkAccess": "Disabled"},
    "Microsoft.KeyVault/vaults": {
        "properties.enablePurgeProtection": True,
        "properties.publicNetworkAccess": "Disabled",
        "properties.networkAcls.defaultAction": "Deny",
    },
    "Microsoft.ContainerRegistry/registries": {"properties.publicNetworkAccess": "Disabled"},
}

# Every type that can send its logs or metrics somewhere. Application Insights is left out, because its data is in the
# workspace already.
OBSERVED = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/queueServices",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.EventGrid/systemTopics",
    "Microsoft.EventGrid/topics",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Network/applicationGateways",
    "Microsoft.Network/bastionHosts",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/publicIPAddresses",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Web/serverfarms",
    SITES,
)
# Types that are reached through a private endpoint, if there is a private network.
PRIVATE = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.EventGrid/topics",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    SITES,
)

# Owner, Contributor, User Access Administrator, Role Based Access Control Administrator.
TOO_WIDE = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
}
# Types of which only preview versions exist.
ONLY_PREVIEWS = {DIAGNOSTICS.lower(), "microsoft.security/defenderforstoragesettings"}
EVERYBODY = ("Any", "0.0.0.0/0", "*", "Internet")


def checks(environments: list[Environment]):
    def each(check):
        return lambda: [problem for environment in environments for problem in check(environment)]

    return [(f"policy: {name}", each(check)) for name, check in RULES.items()]


def required(environment: Environment) -> Iterator[str]:
    tables = [REQUIRED, REQUIRED_PRIVATE] if environment.is_private else [REQUIRED]
    for table in tables:
        for type_, properties in table.items():
            for one in environment.all(type_):
                for path, wanted in properties.items():
                    # Flex Consumption has no FTP, and refuses the setting.
                    if path.endswith(".ftpsState") and one.get("properties.functionAppConfig"):
                        continue
                    value = one.get(path)
                    allowed = wanted if isinstance(wanted, tuple) else (wanted,)
                    if value not in allowed:
                        yield f"{one.where}: {path} is {shown(value)}, not {' or '.join(map(shown, allowed))}"


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "not set" if value is None else str(value)


def is_function_app(site: Resource) -> bool:
    return "functionapp" in str(site.get("kind"))


def site_access(environment: Environment) -> Iterator[str]:
    """A web app requires sign-in, and is private if there is a private network. A function app accepts only the callers on its list."""
    signs_in = {one.id.rsplit("/config/", 1)[0] for one in environment.all(f"{SITES}/config") if one.get("properties.globalValidation.requireAuthentication") is True}
    for site in environment.all(SITES):
        if environment.is_private and site.get("properties.virtualNetworkSubnetId") is None:
            yield f"{site.where}: it is not joined to the network"
        if not is_function_app(site):
            if environment.is_private and site.get("properties.publicNetworkAccess") != "Disabled":
                yield f"{site.where}: publicNetworkAccess is not Disabled"
            if site.id not in signs_in:
                yield f"{site.where}: it lets people in who have not signed in"
            continue
        closed = ["ipSecurityRestrictionsDefaultAction"]
        # Without a network, the deployment endpoint is open to anybody who has a deployer's token.
        closed += ["scmIpSecurityRestrictionsDefaultAction"] if environment.is_private else []
        for key in closed:
            if site.get(f"properties.siteConfig.{key}") != "Deny":
                yield f"{site.where}: {key} is not Deny"
        if site.get("properties.siteConfig.scmIpSecurityRestrictionsUseMain") is not False:
            yield f"{site.where}: the deployment endpoint accepts the callers of the site"
        for rule in site.get("properties.siteConfig.ipSecurityRestrictions") or []:
            if rule.get("action") == "Allow" and rule.get("ipAddress") in EVERYBODY:
                yield f"{site.where}: an access restriction lets everybody in"


def publishing(environment: Environment) -> Iterator[str]:
    closed = {one.id.lower() for one in environment.all(f"{SITES}/basicPublishingCredentialsPolicies")}
    for site in environment.all(SITES):
        for way in ("ftp", "scm"):
            if f"{site.id}/basicPublishingCredentialsPolicies/{way}".lower() not in closed:
                yield f"{site.where}: basic credentials for {way} are not off"


def redirects(environment: Environment) -> Iterator[str]:
    """Every rule of a listener without TLS must redirect, and none may lead to a backend."""
    for gateway in environment.all("Microsoft.Network/applicationGateways"):
        plain = {one["name"] for one in gateway.get("properties.httpListeners") or [] if one["properties"]["protocol"] == "Http"}
        for rule in gateway.get("properties.requestRoutingRules") or []:
            listener = rule["properties"]["httpListener"]["id"].rsplit("/", 1)[-1]
            if listener in plain and "redirectConfiguration" not in rule["properties"]:
                yield f"{gateway.where}: HTTP on {listener} is not redirected"
        if gateway.get("properties.firewallPolicy.id") is None:
            yield f"{gateway.where}: it has no firewall policy"


def hosts(environment: Environment) -> Iterator[str]:
    for interface in environment.all("Microsoft.Network/networkInterfaces"):
        if any("publicIPAddress" in one for one in walk(interface.config)):
            yield f"{interface.where}: it has a public address"


# Azure manages subnets with these names. It accepts no security group on them, or only its own rules.
WITHOUT_GROUP = {"AzureBastionSubnet"}


def groups(environment: Environment) -> Iterator[str]:
    for network in environment.all("Microsoft.Network/virtualNetworks"):
        for subnet in network.get("properties.subnets") or []:
            if "networkSecurityGroup" not in subnet["properties"] and subnet["name"] not in WITHOUT_GROUP:
                yield f"{network.where}: the subnet {subnet['name']} has no security group"
    for group in environment.all("Microsoft.Network/networkSecurityGroups"):
        rules = [one["properties"] for one in group.get("properties.securityRules") or []]
        inbound = [one for one in rules if one["access"] == "Allow" and one["direction"] == "Inbound"]
        denied = [one for one in rules if one["access"] == "Deny" and one["direction"] == "Inbound" and one["sourceAddressPrefix"] == "*"]
        # Azure's own last rule denies the Internet. Where something is let in, the template's rule also denies the rest
        # of the network.
        if inbound and not denied:
            yield f"{group.where}: it does not deny what it does not allow inbound"
        for one in inbound:
            ports = one.get("destinationPortRanges") or [one.get("destinationPortRange")]
            if one.get("sourceAddressPrefix") in EVERYBODY and not set(map(str, ports)) <= {"80", "443"}:
                yield f"{group.where}: it lets the Internet reach {ports}"
        for one in rules:
            # Brokers are identified by their port. Azure Bastion refuses a security group that keeps it from port 80.
            wide = str(one.get("destinationPortRange")) in ("*", "80", "443") and (one.get("destinationPortRange"), "bastion" in group.name) != ("80", True)
            if one["access"] == "Allow" and one["direction"] == "Outbound" and one.get("destinationAddressPrefix") in EVERYBODY and wide:
                yield f"{group.where}: it lets everything out to the Internet"


def diagnostics(environment: Environment) -> Iterator[str]:
    sent = set()
    for setting in environment.all(DIAGNOSTICS):
        if setting.get("properties.workspaceId") is None or not (setting.get("properties.logs") or setting.get("properties.metrics")):
            yield f"{setting.where}: it sends no logs or metrics"
        sent.add(str(setting.scope).lower())
    for type_ in OBSERVED:
        for one in environment.all(type_):
            if one.id.lower() not in sent:
                yield f"{one.where}: it has no diagnostic setting"


def endpoints(environment: Environment) -> Iterator[str]:
    if not environment.is_private:
        return
    reached = {
        connection["properties"]["privateLinkServiceId"].lower()
        for one in environment.all("Microsoft.Network/privateEndpoints")
        for connection in one.get("properties.privateLinkServiceConnections") or []
    }
    for type_ in PRIVATE:
        for one in environment.all(type_):
            # App Service has no private way in for Event Grid.
            if not is_function_app(one) and one.id.lower() not in reached:
                yield f"{one.where}: it has no private endpoint"


# Its text alone does not allow anybody to send telemetry to Application Insights, because local authentication is off.
NOT_SECRET = ("APPLICATIONINSIGHTS_CONNECTION_STRING",)
SECRET = re.compile(r"AccountKey=|SharedAccessKey|\bsig=|-----BEGIN|\blist(Keys|Secrets|Credentials)\(", re.IGNORECASE)


def secrets(environment: Environment) -> Iterator[str]:
    for one in environment.resources:
        if match := SECRET.search(str(one.config)):
            yield f"{one.where}: it holds {match[0]}"
    for site in environment.all(SITES):
        for name, value in site.settings.items():
            if re.search(r"PASSWORD|SECRET$|KEY$|CONNECTION_STRING", name) and name not in NOT_SECRET:
                if value and not value.startswith("@Microsoft.KeyVault("):
                    if not value.startswith("[format('@Microsoft.KeyVault("):
                        yield f"{site.where}: {name} is no reference to the vault"
    for name in environment.outputs:
        if re.search(r"(?i)(password|secret|connectionstring|accountkey|primarykey|sas)$", name):
            yield f"{environment.name}: the output {name} may be a secret"


def assignments(environment: Environment) -> Iterator[str]:
    own = {one.id.lower() for one in environment.all("Microsoft.Authorization/roleDefinitions")}
    for one in environment.all("Microsoft.Authorization/roleAssignments"):
        role = str(one.get("properties.roleDefinitionId"))
        if role.rsplit("/", 1)[-1] in TOO_WIDE:
            yield f"{one.where}: it gives a role that is too wide"
        if one.get("properties.principalType") is None:
            yield f"{one.where}: principalType is not set, so a new identity may not be found"
        # A custom role states itself what it allows.
        if one.scope is None and role.lower() not in own:
            yield f"{one.where}: a built-in role is given on the whole resource group"
    for type_ in ("Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions", "Microsoft.Authorization/roleDefinitions"):
        for definition in environment.all(type_):
            for permission in definition.get("properties.permissions") or []:
                for action in [*permission.get("actions", []), *permission.get("dataActions", [])]:
                    if action.endswith("/*") and action not in MANY_ACTIONS:
                        yield f"{definition.where}: {action} allows more than it names"


# Deploying a template consists of several actions, and allows nothing beyond what the template's own resources need.
MANY_ACTIONS = {"Microsoft.Resources/deployments/*"}


def versions(environment: Environment) -> Iterator[str]:
    for one in environment.resources:
        if "preview" in one.version and one.type.lower() not in ONLY_PREVIEWS:
            yield f"{one.where}: {one.type}@{one.version} is a preview"


def zones(environment: Environment) -> Iterator[str]:
    for one in environment.all("Microsoft.Web/serverfarms"):
        if one.get("properties.zoneRedundant") is None:
            yield f"{one.where}: zoneRedundant is not set"


def scaling(environment: Environment) -> Iterator[str]:
    """A web application must scale with its requests. Web applications and the function app must have a limit, which also limits the costs."""
    plans = {one.id.lower(): one for one in environment.all("Microsoft.Web/serverfarms")}
    for site in environment.all(SITES):
        plan = plans.get(site.get("properties.serverFarmId").lower())
        if plan is None:
            continue
        limit = site.get("properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount") or plan.get("properties.maximumElasticWorkerCount")
        if not limit:
            yield f"{site.where}: the number of its instances has no limit"
        # The Basic plans have one instance, and do not scale.
        if not is_function_app(site) and plan.get("sku.name") != "B1":
            if plan.get("properties.elasticScaleEnabled") is not True or site.get("properties.siteConfig.elasticWebAppScaleLimit") != limit:
                yield f"{site.where}: it does not grow with its requests"
            if plan.get("properties.zoneRedundant") and (site.get("properties.siteConfig.minimumElasticInstanceCount") or 0) < 2:
                yield f"{site.where}: one instance cannot be in several zones"
    for gateway in environment.all("Microsoft.Network/applicationGateways"):
        if len(gateway.get("zones") or []) > 1 and gateway.get("properties.autoscaleConfiguration.minCapacity") < 2:
            yield f"{gateway.where}: one instance cannot be in several zones"


# https://learn.microsoft.com/fabric/mirroring/azure-cosmos-db-private-network
WORKSPACE = re.compile(r"/tenants/[^/]+/subscriptions/0{8}-0{4}-0{4}-0{4}-0{12}/resourceGroups/Fabric/providers/Microsoft\.Fabric/workspaces/[^/]+")


def mirrors(environment: Environment) -> Iterator[str]:
    """An account that lets Azure services in must name exactly one workspace of Fabric, and must have the capability for it."""
    for account in environment.all("Microsoft.DocumentDB/databaseAccounts"):
        workspaces = account.get("properties.networkAclBypassResourceIds") or []
        capable = "EnableFabricNetworkAclBypass" in [one["name"] for one in account.get("properties.capabilities") or []]
        bypasses = account.get("properties.networkAclBypass") == "AzureServices"
        if bypasses and (len(workspaces) != 1 or not WORKSPACE.fullmatch(workspaces[0])):
            yield f"{account.where}: it lets more in than one workspace of Fabric"
        if len({bypasses, capable, bool(workspaces)}) > 1:
            yield f"{account.where}: Fabric cannot mirror it, because only a part of the bypass is set"


RULES = {
    "public access off, keys off, TLS 1.2, HTTPS only": required,
    "only the intended callers reach a site": site_access,
    "sites accept no publishing passwords": publishing,
    "HTTP is always redirected": redirects,
    "hosts have no public address": hosts,
    "subnets have security groups that deny by default": groups,
    "every resource that can sends diagnostics": diagnostics,
    "private services have private endpoints": endpoints,
    "templates list no keys and output no secrets": secrets,
    "roles are narrow and name the kind of their principal": assignments,
    "no preview versions": versions,
    "every plan says whether it is spread over zones": zones,
    "applications grow, within limits": scaling,
    "the database lets in at most one workspace of Fabric": mirrors,
}
