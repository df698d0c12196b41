"""Workflows, azure.yaml and Dockerfiles that their tools refuse."""

from __future__ import annotations

from .. import azd, dockerfiles, terraform, workflows
from .expect import nothing, repository, said

HASH = "a" * 40
WORKFLOW = f"""name: Broken
on: pull_request
permissions: {{}}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@{HASH}
      - uses: actions/setup-python@{HASH} # v6.0.0
      - run: echo ${{{{ github.event.pull_request.title }}}}
      - run: echo ${{{{ nothing.here }}}}
"""
AZURE = {
    "infra": {"path": "templates", "module": "gone", "deploymentStacks": {}},
    "services": {"web": {"project": 7, "language": "custom", "docker": {"path": "gone.Dockerfile"}}},
}


def checks():
    return [
        ("test: a workflow with an injection, an unknown context and loose versions", broken_workflow),
        ("test: azure.yaml against azd's schemas, with alpha features and files that are not there", broken_azure),
        ("test: a Dockerfile that hadolint refuses, and one that the registry cannot build", broken_dockerfile),
        ("test: Terraform's files out of shape, and with a variable that is not there", broken_terraform),
    ]


def broken_workflow() -> list[str]:
    with repository({".github/workflows/broken.yml": WORKFLOW}) as root:
        return (
            said(workflows.actionlint(root), 'undefined variable "nothing"')
            + said(workflows.zizmor(root), "template-injection", "unpinned-uses")
            + said(workflows.loose(root), "checkout@v5 is not pinned", f"setup-node@{HASH} does not say its version")
            + [f"pinned, and refused: {one}" for one in workflows.loose(root) if "setup-python" in one]
        )


def broken_azure() -> list[str]:
    right = {"name": "darkroom", "services": {"a": {"host": "function", "project": "."}}}
    with repository({}) as root:
        missing = azd.missing_files(root, {**AZURE, "services": {"web": {"docker": {"path": "gone.Dockerfile"}}}})
    return (
        nothing(azd.against("azd-stable", right) + azd.against("azd-alpha", right) + azd.alpha(right))
        + said(azd.against("azd-stable", AZURE), "'name' is a required property", "'host' is a required property")
        + said(azd.against("azd-alpha", {**right, "infra": {"bogus": 1}}), "bogus")
        + said(azd.alpha(AZURE), "language custom is an alpha feature", "deploymentStacks is an alpha feature")
        + said(missing, "neither templates/gone.bicepparam nor templates/gone.bicep", "there is no gone.Dockerfile")
    )


def broken_dockerfile() -> list[str]:
    dockerfile = "FROM debian\nRUN --mount=type=cache,target=/x cd /x && apt-get install curl\n"
    azure = "services:\n  web:\n    project: .\n    docker: { path: deploy/containers/a.Dockerfile, remoteBuild: true }\n"
    with repository({"deploy/containers/a.Dockerfile": dockerfile, "azure.yaml": azure}) as root:
        return said(dockerfiles.hadolint(root), "DL3006", "DL3014") + said(dockerfiles.buildkit(root), "RUN --mount=type=cache")


def broken_terraform() -> list[str]:
    with repository({"deploy/confluent/clusters/main.tf": 'output "a" {\nvalue = var.gone\n}\n', "deploy/confluent/topics/main.tf": ""}) as root:
        (shape, fits) = (check() for _, check in terraform.checks(root)[:2])
    return said(shape, "main.tf") + said(fits, "undeclared input variable")
