//! `./dev fuzz`: runs every fuzz target for a while, each from its own seeds.
//!
//! A target is a file `crates/CRATE/fuzz/fuzz_targets/TARGET.rs`, its seeds the folder
//! `crates/CRATE/fuzz/seeds/TARGET`. What the fuzzer finds stays in `crates/CRATE/fuzz/artifacts`.
//! `crates/CRATE/fuzz/leaks.txt` has the leaks of libraries that the sanitizer does not report.

use std::{
    fs,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::workspace;

/// The longest input in bytes, so that each run takes only milliseconds.
const MAX_LENGTH: u32 = 65_536;

/// The flags with which the C libraries are compiled for the address sanitizer. Their parts in
/// assembly are not checked.
const SANITIZED_C: &str = "-fsanitize=address -fno-omit-frame-pointer";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Targets by name [default: all]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u32,
    /// Find memory errors with the address sanitizer, in the C libraries too, which takes twice as
    /// long
    #[arg(long)]
    sanitizer: bool,
}

/// A target and the folder of its crate.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    package: PathBuf,
    name: String,
}

/// Runs each target. Fails if one of them found something.
pub(crate) fn fuzz(options: &Options) -> Result<ExitCode> {
    let targets = chosen(targets()?, &options.targets)?;
    let mut found = Vec::new();
    for target in &targets {
        println!("{} ...", target.label());
        let log = target.log()?;
        let status = target
            .command(options)?
            .stderr(fs::File::create(&log)?)
            .stdout(Stdio::null())
            .status()
            .context("cargo cannot be started")?;
        let told = fs::read_to_string(&log)?;
        match runs(&told) {
            Some(runs) if status.success() => println!("  {runs} runs, no problems found"),
            _ => {
                println!("  stopped; see {}", log.display());
                found.push(target.label());
            }
        }
    }
    ensure!(found.is_empty(), "look at {}", found.join(", "));
    println!("{} targets, no problems found", targets.len());
    Ok(ExitCode::SUCCESS)
}

impl Target {
    fn label(&self) -> String {
        let package = self.package.file_name().unwrap_or_default();
        format!("{} {}", package.to_string_lossy(), self.name)
    }

    /// The file for the fuzzer's output.
    fn log(&self) -> Result<PathBuf> {
        let folder = workspace::target().join("fuzz");
        fs::create_dir_all(&folder)?;
        Ok(folder.join(format!("{}.log", self.name)))
    }

    fn command(&self, options: &Options) -> Result<Command> {
        let corpus = self.package.join("fuzz/corpus").join(&self.name);
        fs::create_dir_all(&corpus)?;
        let seeds = self.package.join("fuzz/seeds").join(&self.name);
        let mut command = Command::new("cargo");
        command
            .current_dir(&self.package)
            // Only nightly compilers allow the fuzzer's flags otherwise.
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", "--dev", "--sanitizer"])
            .arg(if options.sanitizer { "address" } else { "none" })
            .arg(&self.name)
            .arg(&corpus);
        if options.sanitizer {
            command.env("TARGET_CFLAGS", SANITIZED_C);
            let leaks = self.package.join("fuzz/leaks.txt");
            if leaks.is_file() {
                let leaks = format!("suppressions={}", leaks.display());
                command.env("LSAN_OPTIONS", leaks);
            }
        }
        if seeds.is_dir() {
            command.arg(&seeds);
        }
        command
            .arg("--")
            .arg(format!("-max_total_time={}", options.seconds))
            .arg(format!("-max_len={MAX_LENGTH}"));
        Ok(command)
    }
}

/// Every target there is.
fn targets() -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for package in fs::read_dir(workspace::root().join("crates"))? {
        let package = package?.path();
        let Ok(files) = fs::read_dir(package.join("fuzz/fuzz_targets")) else {
            continue;
        };
        for file in files {
            let file = file?.path();
            let name = file.file_stem().unwrap_or_default();
            targets.push(Target {
                package: package.clone(),
                name: name.to_string_lossy().into_owned(),
            });
        }
    }
    targets.sort();
    Ok(targets)
}

fn chosen(all: Vec<Target>, names: &[String]) -> Result<Vec<Target>> {
    let known = |name: &String| all.iter().any(|target| target.name == *name);
    if let Some(name) = names.iter().find(|name| !known(name)) {
        let all: Vec<_> = all.iter().map(|target| target.name.as_str()).collect();
        anyhow::bail!(
            "there is no target {name}: the targets are {}",
            all.join(", ")
        );
    }
    let is_chosen = |target: &Target| names.is_empty() || names.contains(&target.name);
    Ok(all.into_iter().filter(is_chosen).collect())
}

/// How many inputs were tried, as libFuzzer reports at its end.
fn runs(log: &str) -> Option<u64> {
    let (_, rest) = log.rsplit_once("\nDone ")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_line_in_the_workflow() {
        let path = workspace::root().join(".github/workflows/ci.yml");
        let workflow = fs::read_to_string(path).unwrap();
        let targets = targets().unwrap();
        assert!(targets.len() > 5);
        for target in targets {
            assert!(
                workflow.contains(&format!("- {}\n", target.name)),
                "{target:?}"
            );
        }
    }

    #[test]
    fn a_target_that_is_not_there_is_an_error_that_names_those_that_are() {
        let target = |name: &str| Target {
            package: "a".into(),
            name: name.to_owned(),
        };
        let all = || vec![target("x"), target("y")];
        assert_eq!(chosen(all(), &["y".to_owned()]).unwrap(), [target("y")]);
        assert_eq!(chosen(all(), &[]).unwrap().len(), 2);
        let error = chosen(all(), &["z".to_owned()]).unwrap_err().to_string();
        assert_eq!(error, "there is no target z: the targets are x, y");
    }

    #[test]
    fn the_fuzzer_says_how_many_runs_it_made() {
        assert_eq!(
            runs("#5\tDONE\nDone 1234 runs in 3 second(s)\n"),
            Some(1234)
        );
        assert_eq!(runs("==1== ERROR: libFuzzer: timeout"), None);
    }
}
