//! Reads the claims of a C2PA manifest store (C2PA Technical Specification 2.1): who wrote it, and what was done.
//!
//! Only claims are read. No hash and no signature is checked, so anybody may have written them, and whoever shows them
//! has to say so. Each manifest describes a state of the picture; the last one describes its present state. A manifest
//! names the one that it continues as its ingredient with the relationship `parentOf`.

mod cbor;
mod jumbf;

use contract::Warning;

use self::{cbor::Value, jumbf::Superbox};
use crate::text::clean;

/// The most characters of a program's name and version, and of a source type.
const MAX_CHARACTERS: usize = 200;

/// The most actions of a manifest that are kept, and the most characters of one.
const MAX_ACTIONS: usize = 20;
const MAX_ACTION_CHARACTERS: usize = 60;

/// The most manifests that are read, and the most assertions of each.
const MAX_MANIFESTS: usize = 100;
const MAX_ASSERTIONS: usize = 200;

/// How many earlier states are followed from the present one.
const MAX_STATES: usize = 16;

/// The claims of a manifest store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How many manifests there are.
    pub manifests: u32,
    /// The program that wrote the last one.
    pub generator: Option<String>,
    /// The actions that the last one names, each once.
    pub actions: Vec<String>,
    /// The source types that the actions name, those of the present state first, then those of the states before it.
    pub digital_source_types: Vec<String>,
    /// Warnings from reading it.
    pub warnings: Vec<Warning>,
}

/// Reads a manifest store.
#[must_use]
pub fn read(store: &[u8]) -> Reading {
    let store = Superbox::all(store).find(|superbox| &superbox.kind == b"c2pa");
    let manifests: Vec<_> = store
        .into_iter()
        .flat_map(Superbox::children)
        // The types are manifests of an asset, of an update to it, and of a time-stamp.
        .filter(|superbox| superbox.kind.starts_with(b"c2"))
        .take(MAX_MANIFESTS)
        .map(Manifest)
        .collect();
    let Some(active) = manifests.last() else {
        let message = "The C2PA manifest store is broken: it holds no manifest.";
        return Reading {
            warnings: vec![Warning::new("c2pa-broken", message)],
            ..Reading::default()
        };
    };
    let claim = active.claim();
    let unreadable = claim.is_none().then(|| {
        let message = "The C2PA manifest is broken: it holds no claim that can be read.";
        Warning::new("c2pa-broken", message)
    });
    Reading {
        manifests: u32::try_from(manifests.len()).unwrap_or(u32::MAX),
        generator: claim.and_then(generator),
        actions: names(active.actions()),
        digital_source_types: states(&manifests, *active)
            .flat_map(Manifest::actions)
            .filter_map(|action| clean(action.get("digitalSourceType")?.text()?, MAX_CHARACTERS))
            .take(MAX_ACTIONS)
            .collect(),
        warnings: unreadable.into_iter().collect(),
    }
}

/// The present state and the states that it continues, one after the other.
fn states<'a>(
    manifests: &[Manifest<'a>],
    active: Manifest<'a>,
) -> impl Iterator<Item = Manifest<'a>> {
    std::iter::successors(Some(active), move |manifest| {
        let address = manifest.parent()?;
        manifests
            .iter()
            .copied()
            .find(|other| !other.0.label.is_empty() && address.ends_with(other.0.label))
    })
    .take(MAX_STATES)
}

/// One manifest: assertions, a claim about them, and a signature of the claim.
#[derive(Clone, Copy)]
struct Manifest<'a>(Superbox<'a>);

impl<'a> Manifest<'a> {
    /// `c2pa.claim`, and since version 2 of the specification `c2pa.claim.v2`.
    fn claim(self) -> Option<Value<'a>> {
        self.0.child("c2pa.claim")?.cbor().map(Value::new)
    }

    /// The assertions whose label begins in this way. If there are several, a number follows the label; a version may
    /// follow, too.
    fn assertions(self, label: &'static str) -> impl Iterator<Item = Value<'a>> {
        let assertions = self.0.child("c2pa.assertions").into_iter();
        assertions
            .flat_map(Superbox::children)
            .take(MAX_ASSERTIONS)
            .filter(move |assertion| assertion.label.starts_with(label))
            .filter_map(|assertion| assertion.cbor().map(Value::new))
    }

    fn actions(self) -> impl Iterator<Item = Value<'a>> {
        self.assertions("c2pa.actions")
            .filter_map(|assertion| assertion.get("actions"))
            .flat_map(Value::items)
    }

    /// The address of the manifest of the previous state.
    fn parent(self) -> Option<&'a str> {
        let parent = self.assertions("c2pa.ingredient").find(|ingredient| {
            ingredient.get("relationship").and_then(Value::text) == Some("parentOf")
        })?;
        let reference = parent
            .get("activeManifest")
            .or_else(|| parent.get("c2pa_manifest"))?;
        reference.get("url")?.text()
    }
}

/// Name and version of the program: a map, a list of maps, or a text in the first version of the specification.
fn generator(claim: Value<'_>) -> Option<String> {
    let info = claim.get("claim_generator_info");
    let info = info.and_then(|info| info.items().next().or(Some(info)));
    let named = info.and_then(|info| {
        let name = info.get("name")?.text()?;
        let version = info.get("version").and_then(Value::text);
        Some(match version {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        })
    });
    let text = named.or_else(|| Some(claim.get("claim_generator")?.text()?.to_owned()))?;
    clean(&text, MAX_CHARACTERS)
}

/// The names of actions, each once.
fn names<'a>(actions: impl Iterator<Item = Value<'a>>) -> Vec<String> {
    let mut names = Vec::new();
    let named =
        actions.filter_map(|action| clean(action.get("action")?.text()?, MAX_ACTION_CHARACTERS));
    for name in named {
        if names.len() < MAX_ACTIONS && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests;
