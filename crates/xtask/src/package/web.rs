//! The web application for App Service without a container: a zip of one program.
//!
//! It serves flow A only, because Kafka's library needs the OpenSSL of the system that it was built
//! on.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context, Result, ensure};
use function_package::Entries;

use super::would_not_start;
use crate::{
    text,
    workspace::{self, Profile},
};

/// The program's name, also in the zip, because App Service is configured to start it.
const PROGRAM: &str = "upload-web";

/// Builds the web application for deployment and makes target/webapp.zip.
pub(super) fn package() -> Result<ExitCode> {
    let build = ["build", "--locked", "--release", "--package", PROGRAM];
    let status = workspace::cargo()
        .args(build)
        .arg("--no-default-features")
        .status()
        .context("cargo cannot be started")?;
    ensure!(status.success(), "the build failed");
    let program = workspace::binary(Profile::Release, PROGRAM);
    function_package::check(&fs::read(&program)?).with_context(|| would_not_start(&program))?;
    let zip = workspace::target().join("webapp.zip");
    write(&program, &zip)?;
    println!(
        "{} ({})",
        zip.display(),
        text::bytes(fs::metadata(&zip)?.len())
    );
    Ok(ExitCode::SUCCESS)
}

fn write(program: &Path, zip: &Path) -> Result<()> {
    let entries = Entries::from([(PROGRAM.to_owned(), program.to_owned())]);
    function_package::write(&entries, PROGRAM, zip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zip_holds_the_program_by_the_name_that_app_service_starts() {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("webapp.zip");
        write(&workspace::root().join("LICENSE-MIT"), &zip).unwrap();
        // The first entry's name follows its header of 30 bytes.
        assert_eq!(&fs::read(zip).unwrap()[30..40], PROGRAM.as_bytes());
    }
}
