//! `./dev show`: prints a record for people, or unchanged.
//!
//! - [`facts`]: the record as lines of a name and a value
//! - [`picture`]: draws palette and placeholder in the terminal

mod facts;
mod picture;

use std::{
    fmt::Write as _,
    io::{IsTerminal as _, stdout},
    process::ExitCode,
};

use anyhow::{Result, bail};
use contract::Record;

use crate::upload::{account::Account, arrival};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The name of the image: the name of its blob in `uploads`, or the key of its message
    name: String,
    /// Print the record as JSON, for programs
    #[arg(long)]
    json: bool,
    /// The port of Blob Storage, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT")]
    blob_port: Option<u16>,
    /// The port of Cosmos DB, if `./dev run` was started with another one
    #[arg(long, value_name = "PORT")]
    cosmos_port: Option<u16>,
}

/// Prints the record of one image.
pub(crate) async fn show(options: &Options) -> Result<ExitCode> {
    let account = Account::connect(options.blob_port, options.cosmos_port).await?;
    let Some(record) = arrival::find(&options.name, &account).await? else {
        bail!(
            "there is no record of {}: `./dev upload` creates one",
            options.name
        );
    };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&record)?);
    } else {
        print!("{}", describe(&record, stdout().is_terminal())?);
    }
    Ok(ExitCode::SUCCESS)
}

/// The whole page, with colours only if they can be shown.
fn describe(record: &Record, colours: bool) -> Result<String> {
    let mut page = String::new();
    if let Some(derived) = record.derived.as_ref().filter(|_| colours) {
        if let Some(picture) = derived.thumbhash.as_deref().and_then(picture::placeholder) {
            writeln!(page, "{picture}")?;
        }
        writeln!(page, "{}\n", picture::palette(&derived.palette))?;
    }
    page.push_str(&facts::table(record)?);
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn example() -> Record {
        let text = std::fs::read_to_string(workspace::root().join("docs/record.example.json"));
        serde_json::from_str(&text.unwrap()).unwrap()
    }

    #[test]
    fn a_page_has_every_fact_and_no_escapes_for_a_file() {
        let page = describe(&example(), false).unwrap();
        for expected in [
            "status",
            "processed",
            "image.width",
            "exif.make",
            "Nikon",
            "thumb",
        ] {
            assert!(page.contains(expected), "{expected} in {page}");
        }
        assert!(!page.contains('\x1b'), "{page}");
    }

    #[test]
    fn a_terminal_gets_colours() {
        assert!(describe(&example(), true).unwrap().contains("\x1b[48;2;"));
    }
}
