//! The other reader: `ExifTool`, with its tags as JSON.

use std::{ffi::OsStr, path::Path, process::Command};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

/// What `ExifTool` reads in one file, by group and name.
#[derive(serde::Deserialize)]
pub(crate) struct Tags(Map<String, Value>);

/// What it reads in every file of a directory.
pub(crate) fn read(directory: &Path) -> anyhow::Result<Vec<Tags>> {
    let output = Command::new("exiftool")
        .args([
            "-json",
            "-n",
            "-G1",
            "-q",
            "-q",
            "-IFD0:all",
            "-ExifIFD:all",
            "-GPS:all",
        ])
        .args([
            "-XMP-dc:all",
            "-XMP-xmp:Rating",
            "-IPTC:all",
            "-ICC_Profile:ProfileDescription",
        ])
        .arg(directory)
        .output()
        .context(
            "ExifTool cannot be started; on Debian it is the package libimage-exiftool-perl",
        )?;
    let Ok(files) = serde_json::from_slice(&output.stdout) else {
        bail!("ExifTool said: {}", String::from_utf8_lossy(&output.stderr));
    };
    Ok(files)
}

impl Tags {
    pub(crate) fn path(&self) -> &str {
        self.0
            .get("SourceFile")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn file_name(&self) -> String {
        Path::new(self.path())
            .file_name()
            .map(OsStr::to_string_lossy)
            .unwrap_or_default()
            .into_owned()
    }

    /// The text of the first of these tags that has one; lists are joined by `; `.
    pub(crate) fn text(&self, tags: &[&str]) -> Option<String> {
        tags.iter().find_map(|tag| text(self.0.get(*tag)?))
    }

    /// The first number of the first of these tags that has one.
    pub(crate) fn number(&self, tags: &[&str]) -> Option<f64> {
        tags.iter().find_map(|tag| number(self.0.get(*tag)?))
    }

    /// The text of a tag of the camera's, in either of the directories where it may stand.
    pub(crate) fn camera_text(&self, tag: &str) -> Option<String> {
        self.text(&[&format!("ExifIFD:{tag}"), &format!("IFD0:{tag}")])
    }

    /// The number of a tag of the camera's.
    pub(crate) fn camera_number(&self, tag: &str) -> Option<f64> {
        self.number(&[&format!("ExifIFD:{tag}"), &format!("IFD0:{tag}")])
    }

    /// A number of the camera's for which zero means that it is not known.
    pub(crate) fn camera_quantity(&self, tag: &str) -> Option<f64> {
        self.camera_number(tag).filter(|&value| value > 0.0)
    }

    /// ISO 8601 from three tags, with nine fractional digits where there are sub-seconds or an offset; a blank date is
    /// none.
    pub(crate) fn camera_date(
        &self,
        date: &str,
        sub_seconds: &str,
        offset: &str,
    ) -> Option<String> {
        let date = self
            .camera_text(date)
            .filter(|date| date.contains(|c| ('1'..='9').contains(&c)))?;
        let (day, time) = date.split_once(' ')?;
        let day = day.replace(':', "-");
        let sub_seconds = self.camera_text(sub_seconds);
        let offset = self.camera_text(offset);
        if sub_seconds.is_none() && offset.is_none() {
            return Some(format!("{day}T{time}"));
        }
        Some(format!(
            "{day}T{time}.{:0<9.9}{}",
            sub_seconds.unwrap_or_default(),
            offset.unwrap_or_default()
        ))
    }

    /// A number with the sign that another tag says: negative where that tag is `negative`.
    pub(crate) fn signed(&self, tag: &str, reference: &str, negative: &str) -> Option<f64> {
        let magnitude = self.number(&[tag])?;
        let is_negative = self
            .text(&[reference])
            .is_some_and(|reference| reference == negative);
        Some(if is_negative { -magnitude } else { magnitude })
    }
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) => items.iter().filter_map(text).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// `ExifTool` writes long numbers and lists of numbers as text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.split(' ').next()?.parse().ok(),
        other => other.as_f64(),
    }
}
