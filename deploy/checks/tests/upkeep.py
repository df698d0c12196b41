"""Pages, lists and forms that disagree with the repository."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from .. import documented, schemas, upkeep


def checks():
    return [
        ("test: settings that only the code knows, or only the page", settings),
        ("test: a folder that nobody explains, and one that is gone", folders),
        ("test: a function that is named and is not there", functions),
        ("test: a crate that uses another without being let, and one that does not", dependencies),
        ("test: versions that dependabot does not look after", versions),
        ("test: ports that the development container does not forward", ports),
        ("test: an issue form that GitHub would not show", form),
        ("test: release notes of one version, and none of a version without", release_notes),
    ]


def expect(problems: list[str], wanted: list[str]) -> list[str]:
    """Returns the expected texts that no problem contains, or the problems that contain none of them."""
    missing = [f"nothing says: {one}; said was: {problems}" for one in wanted if not any(one in problem for problem in problems)]
    return missing or [f"too strict: {problem}" for problem in problems if not any(one in problem for one in wanted)]


def settings() -> list[str]:
    page = (
        "| setting | meaning | default |\n|---|---|---|\n| `DARKROOM_A`, `DARKROOM_OLD` | like `DARKROOM_B` | `1` |\n"
        "| `DARKROOM_SIZE` | a number | `1000` |\n| `OTEL_ENDPOINT` and the other `OTEL_*` | where | |\n| `KAFKA_*` | none is left | |\n"
    )
    code = 'read("DARKROOM_A", text)?; read(&lookup, "DARKROOM_SIZE", positive(2_000))?; error("DARKROOM_OLD is no more"); "DARKROOM_B" "OTEL_ENDPOINT" "OTEL_NAME"'
    found = documented.rows(page)
    problems = documented.unknown("Set `DARKROOM_GONE`, `DARKROOM_A` or OTEL_TRACES_SAMPLER.", {"DARKROOM_A"})
    problems += documented.differences(set(documented.LITERAL.findall(code)), set(found)) + documented.defaults(code, found)
    return expect(
        problems,
        ["DARKROOM_GONE", "DARKROOM_B is read, and not in the table", "DARKROOM_OLD is in the table", "KAFKA_* is in the table", "the default of DARKROOM_SIZE is 2000, not 1000"],
    )


def folders() -> list[str]:
    page = "| folder | what it is |\n|---|---|\n| `src/`, `gone/` | code of `other/` |\n| `crates/a`, `deploy/a`, `dev` | |\n| `tests/it/` | |\n"
    files = ["README.md", "dev", "src/main.rs", "other/x", "crates/a/src/lib.rs", "crates/b/src/lib.rs", "deploy/a/x", "deploy/b/x", "tests/it/main.rs"]
    return expect(upkeep.folders(page, files), ["nothing describes other/", "nothing describes crates/b/", "nothing describes deploy/b/", "there is no gone"])


def functions() -> list[str]:
    code = "pub fn begin() {}\nstruct Upload;\n"
    problems = upkeep.unnamed("`Upload::begin`, `block` and `Upload`", "src/upload/blocks.rs", code) + upkeep.unnamed("`upload/blocks.rs`", "src/upload/blocks.rs", code)
    return expect(problems, ["src/upload/blocks.rs defines no block"])


def dependencies() -> list[str]:
    page = "| `crates/a` | x | `b`, no IO |\n| `crates/b` | y | `c` |\n| `crates/c` | z | none of the other crates |\n"
    used = {"a": {"b": {}, "serde": {}}, "b": {}, "c": {"long-a": {}}}
    names = {"a": "long-a", "b": "b", "c": "c"}
    manifests = {folder: {"package": {"name": names[folder]}, "dependencies": crates} for folder, crates in used.items()}
    manifests["b"]["dev-dependencies"] = {"long-a": {}}
    return expect(upkeep.unforeseen(page, manifests), ["crates/b does not use c", "crates/c uses a"])


def versions() -> list[str]:
    kinds = {kind: [] for kind in upkeep.NAME_VERSIONS} | {"cargo": ["/", "/crates/*/fuzz"], "pip": ["/old"]}
    settings = {"updates": [{"package-ecosystem": kind, "directories": folders} for kind, folders in kinds.items()]}
    files = ["Cargo.toml", "crates/a/Cargo.toml", "crates/a/fuzz/Cargo.toml", "deploy/containers/a.Dockerfile", "web/package.json"]
    return expect(upkeep.versions(settings, files), ["docker: no entry covers /deploy/containers", "npm: no entry covers /web", "pip: there is nothing in /old"])


def ports() -> list[str]:
    code = "blob_port: 10_000,\n web_port: 8_080,\n host_port: 7_071,\n#[cfg(test)]\n queue_port: 0,\n"
    container = {"forwardPorts": [10000, 7071, 9092], "portsAttributes": {"10000": {}, "8080": {}}}
    return expect(
        upkeep.forwarded(code, container),
        ["7071 is listened on, but not forwarded", "8080 is listened on, but not forwarded", "9092 is forwarded, but nothing listens on it"],
    ) + expect(upkeep.forwarded("", {}), ["has no ports"])


def form() -> list[str]:
    broken = {"name": "Bug", "description": "What", "body": [{"type": "textarea", "id": "a b", "attributes": {"label": "A"}}, {"type": "dropdown", "id": "c", "attributes": {"label": "C"}}]}
    return expect(schemas.validate(broken, "issue-form"), ["body/0", "body/1", "does not contain"])


def release_notes() -> list[str]:
    """Runs the script itself in a repository of its own. A shell is available wherever these checks run."""
    script = Path(__file__).resolve().parents[3] / ".ci/release_notes"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".ci").mkdir()
        shutil.copy(script, root / ".ci/release_notes")
        (root / "Cargo.toml").write_text('[workspace.package]\nversion = "1.2.0"\n[package]\nversion = "9.9.9"\n', encoding="utf-8")

        def run(changelog: str, tag: str = "v1.2.0") -> str:
            (root / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
            done = subprocess.run(["sh", ".ci/release_notes", tag], cwd=root, capture_output=True, text=True, check=False)
            return done.stdout if done.returncode == 0 else done.stderr

        said = [
            run("# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- this\n\n## [1.1.0]\n\n- before\n"),
            run("## [Unreleased]\n\n- this\n"),
            run("## [1.2.0]\n\n## [1.1.0]\n\n- before\n"),
            run("## [1.3.0]\n\n- this\n", "v1.3.0"),
        ]
    wanted = [
        "### Added\n\n- this\n",
        'error: CHANGELOG.md has nothing under "## [1.2.0]"\n',
        'error: CHANGELOG.md has nothing under "## [1.2.0]"\n',
        "error: the tag is v1.3.0, and the version in Cargo.toml is 1.2.0\n",
    ]
    return [f"{one!r} was said, not {other!r}" for one, other in zip(said, wanted, strict=True) if one != other]
