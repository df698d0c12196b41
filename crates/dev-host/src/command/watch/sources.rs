//! The files that a handler and its functions are made from, and when they change.
//!
//! The files are polled. That takes a few milliseconds, works on every file system, including
//! network folders and containers, and ignores what a build writes into its target folder.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, Metadata},
    ops::BitOr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The pause between two looks.
const INTERVAL: Duration = Duration::from_millis(150);
/// How long nothing may change before a change counts as complete, because editors write a file in
/// several steps.
const SETTLED: Duration = Duration::from_millis(50);

/// What has to be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// Build, and restart the handler.
    pub(super) sources: bool,
    /// Restart the host, because its own files have changed.
    pub(super) host: bool,
}

impl Change {
    pub(super) const NONE: Self = Self {
        sources: false,
        host: false,
    };
    pub(super) const HOST: Self = Self {
        sources: false,
        host: true,
    };
    pub(super) const ALL: Self = Self {
        sources: true,
        host: true,
    };
}

impl BitOr for Change {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            sources: self.sources | other.sources,
            host: self.host | other.host,
        }
    }
}

/// The files at one moment, each with what shows a change.
pub(super) type Files = BTreeMap<PathBuf, (Kind, Option<SystemTime>, u64)>;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Source,
    Host,
}

/// Where the files are.
#[derive(Debug)]
pub(super) struct Sources {
    root: PathBuf,
    settings: PathBuf,
    more: Vec<PathBuf>,
}

impl Sources {
    pub(super) fn new(options: &functions_dev_host::Options, more: Vec<PathBuf>) -> Self {
        let root = options.script_root.clone();
        let settings = options.settings_file.clone();
        Self {
            settings: settings.unwrap_or_else(|| root.join("local.settings.json")),
            root,
            more,
        }
    }

    /// Waits until the files differ from `seen`, and stores the new state there.
    pub(super) async fn changed(self: &Arc<Self>, seen: &mut Files) -> Change {
        let mut now = self.look_aside().await;
        while now == *seen {
            tokio::time::sleep(INTERVAL).await;
            now = self.look_aside().await;
        }
        loop {
            tokio::time::sleep(SETTLED).await;
            let later = self.look_aside().await;
            if later == now {
                let before = std::mem::replace(seen, now);
                return difference(&before, seen);
            }
            now = later;
        }
    }

    async fn look_aside(self: &Arc<Self>) -> Files {
        let sources = Arc::clone(self);
        tokio::task::spawn_blocking(move || sources.look())
            .await
            .unwrap_or_default()
    }

    /// The current state of the files. A file that cannot be read counts as absent.
    pub(super) fn look(&self) -> Files {
        let mut files = Files::new();
        for path in [self.root.join("host.json"), self.settings.clone()] {
            add(&mut files, path, Kind::Host);
        }
        for folder in folders(&self.root) {
            add(&mut files, folder.join("function.json"), Kind::Host);
        }
        walk(&self.root, &mut |path| {
            if is_source(path) || path.starts_with(self.root.join("src")) {
                add(&mut files, path.to_owned(), Kind::Source);
            }
        });
        for path in &self.more {
            add(&mut files, path.clone(), Kind::Source);
            walk(path, &mut |path| {
                add(&mut files, path.to_owned(), Kind::Source);
            });
        }
        files
    }
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    matches!(extension, Some("rs" | "toml"))
}

fn add(files: &mut Files, path: PathBuf, kind: Kind) {
    let metadata = fs::metadata(&path).ok().filter(Metadata::is_file);
    if let Some(metadata) = metadata {
        files.insert(path, (kind, metadata.modified().ok(), metadata.len()));
    }
}

/// Visits the files in and below a folder, except generated ones.
fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // Links to folders are not followed, because they may form a loop.
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            visit(&path);
        } else if !is_generated(&path) {
            walk(&path, visit);
        }
    }
}

fn folders(root: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
}

/// Whether a folder is hidden, belongs to a package manager, or is a target folder, which cargo
/// tags. Source: <https://bford.info/cachedir/>.
fn is_generated(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name == "node_modules"
        || name.as_encoded_bytes().starts_with(b".")
        || folder.join("CACHEDIR.TAG").exists()
}

fn difference(before: &Files, after: &Files) -> Change {
    let changed = |one: &Files, other: &Files, kind| {
        one.iter()
            .any(|(path, file)| file.0 == kind && other.get(path) != Some(file))
    };
    let either = |kind| changed(before, after, kind) || changed(after, before, kind);
    Change {
        sources: either(Kind::Source),
        host: either(Kind::Host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: Change = Change {
        sources: true,
        host: false,
    };

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn every_file_asks_for_what_it_is_part_of() {
        let root = tempfile::tempdir().unwrap();
        let more = tempfile::tempdir().unwrap();
        let options = functions_dev_host::Options::new(root.path());
        let sources = Sources::new(&options, vec![more.path().to_owned()]);
        write(root.path(), "target/CACHEDIR.TAG", "");
        let mut seen = sources.look();
        for (folder, file, change) in [
            (&root, "Cargo.toml", SOURCES),
            (&root, "presets.toml", SOURCES),
            (&root, "src/page.html", SOURCES),
            (&root, "crates/a/src/lib.rs", SOURCES),
            (&more, "proto/a.proto", SOURCES),
            (&root, "host.json", Change::HOST),
            (&root, "local.settings.json", Change::HOST),
            (&root, "Greet/function.json", Change::HOST),
            (&root, "Cargo.lock", Change::NONE),
            (&root, "handler", Change::NONE),
            (&root, "Greet/notes/function.json", Change::NONE),
            (&root, ".git/a.rs", Change::NONE),
            (&root, "target/debug/build/a.rs", Change::NONE),
        ] {
            for text in ["new", "longer"] {
                write(folder.path(), file, text);
                let now = sources.look();
                assert_eq!(difference(&seen, &now), change, "{file}");
                seen = now;
            }
        }
        fs::remove_dir_all(root.path().join("Greet")).unwrap();
        assert_eq!(difference(&seen, &sources.look()), Change::HOST);
    }

    #[tokio::test]
    async fn changes_that_come_together_are_one() {
        let root = tempfile::tempdir().unwrap();
        let sources = Arc::new(Sources::new(
            &functions_dev_host::Options::new(root.path()),
            Vec::new(),
        ));
        let mut seen = sources.look();
        write(root.path(), "src/main.rs", "");
        write(root.path(), "host.json", "");
        assert_eq!(sources.changed(&mut seen).await, Change::ALL);
        assert_eq!(seen, sources.look());
    }
}
