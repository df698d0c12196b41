//! Compares the final state with the expected one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::AddAssign,
    sync::PoisonError,
};

use contract::Record;
use futures::StreamExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    play::Ending,
    schedule::Picture,
    world::{Rendition, World},
};

/// How many images are checked at the same time.
const AT_ONCE: usize = 16;
/// How many faults of a kind are reported.
const MOST_TOLD: usize = 10;

/// The findings.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Originals without a record that nobody will handle any more.
    pub(super) lost: Vec<String>,
    /// Renditions or records that should not exist, and records made twice.
    pub(super) doubled: Vec<String>,
    /// Records or renditions of a version that is not the newest.
    pub(super) older: Vec<String>,
    /// What is left, or was restored, of deleted images.
    pub(super) back: Vec<String>,
    /// Records that are wrong in some other way.
    pub(super) wrong: Vec<String>,
    /// Images that were given up because the handler was killed twice while processing them.
    pub(super) given_up: usize,
    /// Images that have their renditions, and those that were rejected as expected.
    pub(super) processed: usize,
    pub(super) rejected: usize,
    pub(super) gone: usize,
}

/// The record and the renditions of each image, by their entity tags.
pub(super) type Snapshot = BTreeMap<String, Vec<String>>;

impl Findings {
    pub(super) fn kinds(&self) -> [(&'static str, &[String]); 5] {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("older versions left", &self.older),
            ("deleted images back", &self.back),
            ("wrong otherwise", &self.wrong),
        ]
    }

    pub(super) fn is_clean(&self) -> bool {
        self.kinds().iter().all(|(_, faults)| faults.is_empty())
    }
}

impl AddAssign for Findings {
    fn add_assign(&mut self, other: Self) {
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.older.extend(other.older);
        self.back.extend(other.back);
        self.wrong.extend(other.wrong);
        self.given_up += other.given_up;
        self.processed += other.processed;
        self.rejected += other.rejected;
        self.gone += other.gone;
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "images: {} processed, {} rejected, {} given up, {} deleted",
            self.processed, self.rejected, self.given_up, self.gone
        )?;
        for (kind, faults) in self.kinds() {
            writeln!(formatter, "{kind}: {}", faults.len())?;
            for fault in faults.iter().take(MOST_TOLD) {
                writeln!(formatter, "  {fault}")?;
            }
        }
        Ok(())
    }
}

/// Checks everything. An image whose original was deleted without an event may keep its record and
/// renditions, because the host calls nobody about a blob that is gone.
pub(super) async fn check(world: &World, endings: &[Ending]) -> (Findings, Snapshot) {
    let mut findings = Findings::default();
    let mut snapshot = Snapshot::new();
    let mut all = world.renditions("").await;
    // A name may begin with another one, so the end of a path decides what belongs to a folder.
    let mut by_name: BTreeMap<&str, BTreeMap<String, Rendition>> = BTreeMap::new();
    let names: BTreeSet<&str> = endings.iter().map(|ending| ending.name.as_str()).collect();
    while let Some((path, rendition)) = all.pop_first() {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match names.get(folder) {
            Some(name) => drop(by_name.entry(name).or_default().insert(path, rendition)),
            None => findings
                .doubled
                .push(format!("{path}: a rendition without an image")),
        }
    }
    let mut seen = futures::stream::iter(endings.iter().map(|ending| {
        let renditions = by_name.remove(ending.name.as_str()).unwrap_or_default();
        async move { (ending, world.record(&ending.name).await, renditions) }
    }))
    .buffer_unordered(AT_ONCE);
    let mut stored = Vec::new();
    while let Some((ending, record, renditions)) = seen.next().await {
        let record = record.expect("the database answers");
        let mut tags = vec![
            record
                .as_ref()
                .map(|record| record["_etag"].to_string())
                .unwrap_or_default(),
        ];
        tags.extend(renditions.values().map(|rendition| rendition.etag.clone()));
        snapshot.insert(ending.name.clone(), tags);
        if let Some(fault) = record
            .as_ref()
            .and_then(|record| world.note(&ending.name, record))
        {
            findings.doubled.push(fault);
        }
        match &ending.there {
            None => findings.of_deleted(ending, record, &renditions),
            Some((etag, picture)) => {
                let etag = (etag.as_str(), *picture);
                stored.extend(findings.of_present(&ending.name, etag, record, &renditions));
            }
        }
    }
    drop(seen);
    let mut read = futures::stream::iter(stored.into_iter().map(|(path, digest)| async move {
        let bytes = world.rendition(&path).await.unwrap_or_default();
        (format!("{:x}", Sha256::digest(&bytes)) != digest).then_some(path)
    }))
    .buffer_unordered(AT_ONCE);
    while let Some(differs) = read.next().await {
        let fault = differs
            .map(|path| format!("{path}: the bytes differ from those that its record states"));
        findings.older.extend(fault);
    }
    let remade = world.remade.lock().unwrap_or_else(PoisonError::into_inner);
    findings.doubled.extend(remade.iter().cloned());
    drop(remade);
    (findings, snapshot)
}

/// Lists what a second delivery has changed about existing images.
pub(super) fn changed(before: &Snapshot, after: &Snapshot, endings: &[Ending]) -> Vec<String> {
    endings
        .iter()
        .filter(|ending| ending.there.is_some())
        .filter(|ending| before.get(&ending.name) != after.get(&ending.name))
        .map(|ending| {
            let name = &ending.name;
            let (before, after) = (before.get(name), after.get(name));
            format!("{name}: a second delivery changed {before:?} to {after:?}")
        })
        .collect()
}

impl Findings {
    fn of_deleted(
        &mut self,
        ending: &Ending,
        record: Option<Value>,
        renditions: &BTreeMap<String, Rendition>,
    ) {
        self.gone += 1;
        let name = &ending.name;
        let is_recorded = record
            .as_ref()
            .is_some_and(|record| record["status"] != "deleted");
        if is_recorded && ending.untold {
            return;
        }
        if is_recorded {
            let record = record.unwrap_or_default();
            self.back.push(format!(
                "{name}: it has a record: {} {} {}",
                record["status"], record["source"]["etag"], record["error"]
            ));
        }
        if !renditions.is_empty() {
            let versions: BTreeSet<_> = renditions.values().map(|one| &one.version).collect();
            let count = renditions.len();
            self.back
                .push(format!("{name}: {count} renditions of {versions:?}"));
        }
    }

    /// Returns the renditions whose bytes are still to be checked, with what their record states.
    fn of_present(
        &mut self,
        name: &str,
        (etag, picture): (&str, Picture),
        record: Option<Value>,
        renditions: &BTreeMap<String, Rendition>,
    ) -> Vec<(String, String)> {
        let Some(record) = record else {
            self.lost.push(format!("{name}: no record about {etag}"));
            return Vec::new();
        };
        if record["status"] == "deleted" || record["error"]["code"] == "delayed" {
            let status = &record["status"];
            self.lost
                .push(format!("{name}: {etag} exists, but its record is {status}"));
            return Vec::new();
        }
        if record["source"]["etag"] != etag {
            let known = &record["source"]["etag"];
            self.older.push(format!(
                "{name}: the record is about {known}, not about {etag}"
            ));
        }
        let record: Record = serde_json::from_value(record).expect("a record");
        let code = record.error.as_ref().map(|error| error.code.as_str());
        match (code, picture.refusal()) {
            (None, None) => self.processed += 1,
            (Some("processing-crashed"), _) => self.given_up += 1,
            (Some(code), Some(expected)) if code == expected => self.rejected += 1,
            (code, _) => self
                .wrong
                .push(format!("{name}: {:?} is refused by {code:?}", picture.kind)),
        }
        let mut expected = Vec::new();
        for one in &record.renditions {
            let (Some(path), Some(digest)) = (&one.path, &one.sha256) else {
                continue;
            };
            match renditions.get(path) {
                None => self
                    .lost
                    .push(format!("{path}: recorded, but it does not exist")),
                Some(rendition) if rendition.version != record.source.version() => {
                    let version = &rendition.version;
                    self.older.push(format!(
                        "{path}: it is from {version:?}, but its record from {etag}"
                    ));
                }
                Some(_) => expected.push((path.clone(), digest.clone())),
            }
        }
        let recorded: BTreeSet<_> = record
            .renditions
            .iter()
            .filter_map(|rendition| rendition.path.as_deref())
            .collect();
        for (path, rendition) in renditions {
            if !recorded.contains(path.as_str()) {
                let version = &rendition.version;
                self.doubled.push(format!(
                    "{path}: it is from {version:?}, and no record names it"
                ));
            }
        }
        expected
    }
}
