//! The command line.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use contract::Selection;
use lexopt::{Arg, Parser, ValueExt as _};

use crate::check;

/// The text that `darkroom --help` prints.
pub const USAGE: &str = "\
darkroom                       run as the handler of a Functions host
darkroom presets check [DIR]   check presets.toml and the functions

Commands for operators, which read the settings of the function app from the environment:

darkroom reprocess [--where CONDITION | --missing [--prefix PREFIX]] [--dry-run]
                   [--per-minute COUNT] [--sample COUNT] [--watch]
    Makes the renditions and records of images again. CONDITION is for example
    'presets-version != current' (the default), 'format = jpeg and date < 2026-01-01' or
    \"error = 'too-costly'\". --missing selects originals that have no record. --dry-run only
    estimates the cost
darkroom runs [list | show RUN | watch RUN | stop RUN | resume RUN]
    Lists the runs, or shows, follows, stops or continues one
darkroom check [--repair [--really]] [--deep] [--grace SECONDS]
    Compares originals, records and renditions with each other. --repair repairs the differences,
    and --deep also reads every rendition. The exit status is 1 if problems remain
darkroom export --uploader ID --to FOLDER
    Copies everything about one uploader: originals, renditions and records
darkroom erase --uploader ID [--yes]
    Removes everything about one uploader permanently. Without --yes it only counts";

/// How many images a run begins in a minute by default.
const PER_MINUTE: u32 = 600;
/// How many images a dry run makes to learn the sizes of their renditions.
const SAMPLE: usize = 24;

/// A parsed command line.
#[derive(Debug)]
pub enum Command {
    /// No command: serve as the handler.
    Serve,
    /// `presets check`, with the folder to check.
    PresetsCheck(PathBuf),
    /// `reprocess`
    Reprocess(Reprocess),
    /// `runs`
    Runs(Runs),
    /// `check`
    Check {
        /// How to check.
        options: check::Options,
        /// Repair however much would be removed.
        really: bool,
    },
    /// `export`
    Export {
        /// The id of the uploader.
        uploader: String,
        /// The folder to write to.
        folder: PathBuf,
    },
    /// `erase`
    Erase {
        /// The id of the uploader.
        uploader: String,
        /// Whether the removal was confirmed.
        confirmed: bool,
    },
}

/// `darkroom reprocess`
#[derive(Debug)]
pub struct Reprocess {
    /// Which images.
    pub selection: Selection,
    /// Only say what a run would do.
    pub dry_run: bool,
    /// How many images may begin in a minute.
    pub per_minute: u32,
    /// How many images are made to learn the sizes of their renditions.
    pub sample: usize,
    /// Stay and show the progress.
    pub watch: bool,
}

/// `darkroom runs`
#[derive(Debug, PartialEq, Eq)]
pub enum Runs {
    /// List all runs.
    List,
    /// Show the progress of one run.
    Show(String),
    /// Show the progress of one run until it ends.
    Watch(String),
    /// Stop a run.
    Stop(String),
    /// Continue a run that was stopped.
    Resume(String),
}

impl Command {
    /// Parses the arguments after `darkroom`.
    ///
    /// # Errors
    ///
    /// A sentence that says which argument cannot be understood.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut parser = Parser::from_args(arguments);
        let Some(first) = parser.next()? else {
            return Ok(Self::Serve);
        };
        let Arg::Value(word) = first else {
            return Err(first.unexpected());
        };
        match word.string()?.as_str() {
            "presets" => presets(&mut parser),
            "reprocess" => reprocess(&mut parser),
            "runs" => runs(&mut parser),
            "check" => checking(&mut parser),
            "export" => export(&mut parser),
            "erase" => erase(&mut parser),
            other => Err(format!("there is no command `{other}`").into()),
        }
    }
}

fn presets(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    if parser.value()? != "check" {
        return Err("the only command after `presets` is `check`".into());
    }
    let mut folder = PathBuf::from(".");
    if let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(value) => folder = value.into(),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::PresetsCheck(folder))
}

fn reprocess(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let (mut condition, mut missing, mut prefix) = (None, false, None);
    let (mut dry_run, mut watch, mut per_minute, mut sample) = (false, false, PER_MINUTE, SAMPLE);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("where") => condition = Some(parser.value()?.string()?),
            Arg::Long("missing") => missing = true,
            Arg::Long("prefix") => prefix = Some(parser.value()?.string()?),
            Arg::Long("dry-run") => dry_run = true,
            Arg::Long("watch") => watch = true,
            Arg::Long("per-minute") => per_minute = parser.value()?.parse()?,
            Arg::Long("sample") => sample = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    if !(1..=5000).contains(&per_minute) {
        return Err("--per-minute must be a number from 1 to 5000".into());
    }
    let selection = match (condition, missing, prefix) {
        (Some(_), true, _) => return Err("give either --where or --missing, not both".into()),
        (_, false, Some(_)) => {
            return Err(
                "--prefix can only be used with --missing: write --where 'name ^= PREFIX' instead"
                    .into(),
            );
        }
        (None, true, prefix) => Selection::Missing {
            prefix: prefix.unwrap_or_default(),
        },
        (condition, false, None) => Selection::Records {
            condition: condition.unwrap_or_else(|| "presets-version != current".to_owned()),
        },
    };
    Ok(Command::Reprocess(Reprocess {
        selection,
        dry_run,
        per_minute,
        sample,
        watch,
    }))
}

fn runs(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let word = match parser.next()? {
        None => return Ok(Command::Runs(Runs::List)),
        Some(Arg::Value(word)) => word.string()?,
        Some(other) => return Err(other.unexpected()),
    };
    let mut run = || parser.value()?.string();
    let runs = match word.as_str() {
        "list" => Runs::List,
        "show" => Runs::Show(run()?),
        "watch" => Runs::Watch(run()?),
        "stop" => Runs::Stop(run()?),
        "resume" => Runs::Resume(run()?),
        other => return Err(format!("there is no command `runs {other}`").into()),
    };
    Ok(Command::Runs(runs))
}

fn checking(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let mut options = check::Options::default();
    let mut really = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("repair") => options.repair = true,
            Arg::Long("really") => really = true,
            Arg::Long("deep") => options.deep = true,
            Arg::Long("grace") => options.grace = Duration::from_secs(parser.value()?.parse()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Check { options, really })
}

fn export(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let (mut uploader, mut folder) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("uploader") => uploader = Some(parser.value()?.string()?),
            Arg::Long("to") => folder = Some(parser.value()?.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Export {
        uploader: named(uploader)?,
        folder: folder.ok_or("give the folder with --to")?,
    })
}

fn erase(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let (mut uploader, mut confirmed) = (None, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("uploader") => uploader = Some(parser.value()?.string()?),
            Arg::Long("yes") => confirmed = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Erase {
        uploader: named(uploader)?,
        confirmed,
    })
}

fn named(uploader: Option<String>) -> Result<String, lexopt::Error> {
    let uploader = uploader.filter(|uploader| !uploader.is_empty());
    Ok(uploader
        .ok_or("give the uploader with --uploader: the id that records have as source.uploader")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Command, String> {
        Command::parse(
            text.split('|')
                .filter(|word| !word.is_empty())
                .map(OsString::from),
        )
        .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_typed_is_what_is_meant() {
        assert!(matches!(parse(""), Ok(Command::Serve)));
        assert!(matches!(
            parse("presets|check"),
            Ok(Command::PresetsCheck(_))
        ));
        let Ok(Command::Reprocess(options)) =
            parse("reprocess|--where|format = jpeg|--dry-run|--per-minute|60")
        else {
            panic!("it is a command");
        };
        let condition = "format = jpeg".to_owned();
        assert_eq!(options.selection, Selection::Records { condition });
        assert!(options.dry_run && options.per_minute == 60);
        assert!(matches!(
            parse("runs|stop|x"),
            Ok(Command::Runs(Runs::Stop(_)))
        ));
        let Ok(Command::Check { options, .. }) = parse("check|--repair|--grace|0") else {
            panic!("it is a command");
        };
        assert!(options.repair && !options.deep && options.grace.is_zero());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for text in [
            "--help",
            "sing",
            "reprocess|--where|a|--missing",
            "reprocess|--prefix|a",
            "reprocess|--per-minute|0",
            "erase",
            "export|--uploader|x",
            "runs|stop",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
