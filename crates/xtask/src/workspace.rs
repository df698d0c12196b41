//! Where things are in the repository, and how cargo is called.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// The top of the repository.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Of crates/xtask, the folder above the one that it lies in.
    xtask.ancestors().nth(2).unwrap_or(xtask)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    // Relative, it is meant from the top, where `./dev` calls cargo.
    let chosen = env::var_os("CARGO_TARGET_DIR").filter(|chosen| !chosen.is_empty());
    root().join(chosen.unwrap_or_else(|| "target".into()))
}

/// How a build is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build; the crates that touch every pixel are optimised all the same.
    Dev,
    /// What is deployed.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// Where cargo leaves the binaries of this profile.
    fn directory(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// What `./dev run` runs. Built together, its parts agree on the features of what they share, so
/// that no later build has to make those anew.
pub(crate) const STACK: [(&str, &str); 3] = [
    ("darkroom", "darkroom"),
    ("functions-dev-host", "functions-dev-host"),
    ("upload-web", "upload-web"),
];

/// The binary `name` as [`build`] leaves it.
pub(crate) fn binary(profile: Profile, name: &str) -> PathBuf {
    target().join(profile.directory()).join(name)
}

/// Builds `binaries`, each given as package and binary, in one call, so that they share the
/// dependencies' builds.
pub(crate) fn build(profile: Profile, binaries: &[(&str, &str)]) -> Result<()> {
    build_with(profile, binaries, &[])
}

/// The same with these features besides those that are there by default.
pub(crate) fn build_with(
    profile: Profile,
    binaries: &[(&str, &str)],
    features: &[&str],
) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--locked", "--profile", profile.name()]);
    for (package, binary) in binaries {
        command.args(["--package", package, "--bin", binary]);
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
