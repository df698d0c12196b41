//! Paths in the repository, and how to call cargo.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// The root folder of the repository.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Two folders above crates/xtask.
    xtask.ancestors().nth(2).unwrap_or(xtask)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    // A relative path starts at the top, where `./dev` calls cargo.
    let chosen = env::var_os("CARGO_TARGET_DIR").filter(|chosen| !chosen.is_empty());
    root().join(chosen.unwrap_or_else(|| "target".into()))
}

/// How a build is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build. The crates that touch every pixel are optimised nevertheless.
    Dev,
    /// The optimisation of deployed builds.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// The folder where cargo puts the binaries of this profile.
    fn directory(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// The programs that `./dev run` runs. They are built together, so that they agree on the features
/// of shared crates and no later build has to compile those again.
pub(crate) const STACK: [(&str, &str); 3] = [
    ("darkroom", "darkroom"),
    ("functions-dev-host", "functions-dev-host"),
    ("upload-web", "upload-web"),
];

/// The binary `name`, where [`build`] puts it.
pub(crate) fn binary(profile: Profile, name: &str) -> PathBuf {
    target().join(profile.directory()).join(name)
}

/// Builds `binaries`, each given as package and binary, in one call, so that they share the builds
/// of dependencies.
pub(crate) fn build(profile: Profile, binaries: &[(&str, &str)]) -> Result<()> {
    build_with(profile, binaries, &[])
}

/// The same with these features in addition to the default ones.
pub(crate) fn build_with(
    profile: Profile,
    binaries: &[(&str, &str)],
    features: &[&str],
) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--locked", "--profile", profile.name()]);
    // A deployed program has only the features that were asked for. Quick builds have those of the
    // whole workspace, as the tests do, so that the same builds of all crates serve both.
    if profile == Profile::Dev {
        command.args(["--workspace", "--all-features"]);
    }
    for (package, binary) in binaries {
        if profile == Profile::Release {
            command.args(["--package", package]);
        }
        command.args(["--bin", binary]);
    }
    if !features.is_empty() {
        command.args(["--features", &features.join(",")]);
    }
    let status = command.status().context("cargo cannot be started")?;
    ensure!(status.success(), "the build failed");
    Ok(())
}

/// Cargo, called in the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}
