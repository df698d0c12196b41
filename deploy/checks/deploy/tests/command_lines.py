"""Command lines that the Azure CLI refuses, and how command lines are read from scripts and pages."""

from __future__ import annotations

from .. import azure_cli, shell
from ..shell import Line
from .expect import nothing, repository, said

# This line once kept the event subscription from being created.
DEAD_LETTER = """az eventgrid system-topic event-subscription create --resource-group "$GROUP" \\
    --system-topic-name "$TOPIC" --name process-upload --endpoint-type webhook --endpoint "https://$host/x?code=$key" \\
    --deadletter-identity systemassigned
"""
RIGHT = """for scm in true false; do
  az functionapp config access-restriction add --scm-site "$scm" -g "$GROUP" -n $NAME --rule-name x --action Allow \\
    --priority "$priority" --ip-address "$(curl https://example.com)/32" >/dev/null || exit 1
done
create() { az group create "$@" --location westeurope --name "$1"; }
az ad app update --id "$ID" --web-redirect-uris "$@"
az ad app create --display-name Darkroom --app-roles @roles.json --query appId
az storage blob generate-sas --account-name a --container-name b --name 'c d' --permissions r --expiry "$(date +%F)" --as-user --auth-mode login
"""
PAGE = """# Title

Type `az group list` or `az deployment group what-if`, never `az group list --all`.

```sh
export ID=$(az account show --query "tenantId" --output tsv) # and `az group bogus` is a comment
```

```console
$ az group delete --name x
az group bogus
```
"""


def checks():
    return [
        ("test: an argument, a command and a query that the Azure CLI does not know", refused),
        ("test: loops, expansions and files that an earlier line makes are understood", accepted),
        ("test: lines are found in scripts, in workflows and in pages", found),
        ("test: no line at all is a failure", lambda: said(azure_cli.understood([]), "no line to check")),
    ]


def problems(text: str) -> list[str]:
    return azure_cli.understood([Line("test", words) for words in shell.commands(text, "az")])


def refused() -> list[str]:
    return (
        said(problems(DEAD_LETTER), "unrecognized arguments: --deadletter-identity systemassigned")
        + said(problems("az group creat -n x -l y"), "creat")
        + said(problems("az group create -n x"), "required: --location")
        + said(problems("az group list --query '[].{'"), "invalid jmespath_type value")
        + said(problems("echo $(az group list --bogus)"), "unrecognized arguments: --bogus")
        + said(problems("az functionapp config access-restriction remove -g a -n b --scm-site perhaps"), "perhaps")
    )


def accepted() -> list[str]:
    return nothing(problems(RIGHT))


def found() -> list[str]:
    workflow = "jobs:\n  a:\n    steps:\n      - run: az group show --name ${{ vars.GROUP }}\n"
    with repository({"docs/page.md": PAGE, "run.sh": DEAD_LETTER, "azure.yaml": "name: x\n", ".github/workflows/a.yml": workflow}) as root:
        lines = {(line.where, " ".join(line.words[:4]), line.whole) for line in shell.lines(root, "az")}
    wanted = {
        ("run.sh", "eventgrid system-topic event-subscription create", True),
        (".github/workflows/a.yml", "group show --name placeholder", True),
        ("docs/page.md", "account show --query tenantId", True),
        ("docs/page.md", "group delete --name x", True),
        ("docs/page.md", "group list", False),
        ("docs/page.md", "group list --all", False),
        ("docs/page.md", "deployment group what-if", False),
    }
    return [f"not found: {one}" for one in wanted - lines] + [f"found as well: {one}" for one in lines - wanted]
