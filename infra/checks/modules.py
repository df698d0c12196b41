"""What the compiler would say first: files, parameters and outputs of modules, and names that nobody uses."""

from __future__ import annotations

import posixpath
import re

from .bicep import Tree, unwrap


def checks(tree: Tree):
    return [
        ("bicep: modules are given their parameters", lambda: parameters(tree)),
        ("bicep: outputs that are read exist", lambda: outputs(tree)),
        ("bicep: every module is used", lambda: unused_files(tree)),
        ("bicep: every parameter and variable is used", lambda: unused_names(tree)),
    ]


def target(file: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), path))


def path_of(module) -> str:
    return module["detail"]["path"] if "detail" in module else module["path"]


def parameters(tree: Tree) -> list[str]:
    problems = []
    for file in tree.files.values():
        for symbol, module in file.modules.items():
            name = target(file.name, path_of(module))
            if name not in tree.files:
                problems.append(f"{file.name}: {symbol}: there is no {name}")
                continue
            config, _ = unwrap(module["config"])
            given, known = set(config.get("params", {})), tree.files[name].params
            needed = {param for param, detail in known.items() if detail.get("default") is None}
            problems += [f"{file.name}: {symbol}: {name} has no parameter {extra}" for extra in sorted(given - set(known))]
            problems += [f"{file.name}: {symbol}: {name} needs {missing}" for missing in sorted(needed - given)]
    return problems


def outputs(tree: Tree) -> list[str]:
    problems = []
    for file in tree.files.values():
        for symbol, output in re.findall(r"\b(\w+)\.outputs\.(\w+)", file.text):
            module = file.modules.get(symbol)
            if module is None:
                problems.append(f"{file.name}: there is no module {symbol}")
                continue
            name = target(file.name, path_of(module))
            if name in tree.files and output not in tree.files[name].outputs:
                problems.append(f"{file.name}: {name} has no output {output}")
    return problems


def unused_files(tree: Tree) -> list[str]:
    used = {target(file.name, path_of(module)) for file in tree.files.values() for module in file.modules.values()}
    return [f"{name} is used by no file" for name in tree.files if name.startswith("modules/") and name not in used]


def unused_names(tree: Tree) -> list[str]:
    problems = []
    for file in tree.files.values():
        code = re.sub(r"(?m)^\s*//.*$", "", file.text)
        for name in [*file.params, *file.variables]:
            if len(re.findall(rf"\b{re.escape(name)}\b", code)) < 2:
                problems.append(f"{file.name}: {name} is used nowhere")
    return problems
