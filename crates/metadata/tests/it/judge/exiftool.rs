//! The other reader: `ExifTool`, with its tags as JSON.

use std::{ffi::OsStr, path::Path, process::Command};

use serde_json::{Map, Value};

/// What `ExifTool` reads in one file, by group and name.
#[derive(serde::Deserialize)]
pub(crate) struct Tags(Map<String, Value>);

/// What it reads in every file of a directory and below it. Nothing if it is not installed.
pub(crate) fn read(directory: &Path) -> Option<Vec<Tags>> {
    let output = Command::new("exiftool")
        .args(["-json", "-n", "-G1", "-q", "-q", "-r"])
        .args(["-IFD0:all", "-ExifIFD:all", "-GPS:all", "-IPTC:all"])
        .args(["-XMP-dc:all", "-XMP-xmp:Rating", "-XMP-exif:all"])
        .args([
            "-XMP-photoshop:DateCreated",
            "-XMP-iptcExt:DigitalSourceType",
        ])
        .args(["-Photoshop:IPTCDigest", "-File:CurrentIPTCDigest"])
        .args(["-ICC_Profile:ProfileDescription", "-JUMBF:all"])
        .arg(directory)
        .output()
        .ok()?;
    let files: Vec<Tags> = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        panic!("ExifTool's answer cannot be read ({error}): {said}")
    });
    Some(files.into_iter().map(Tags::with_all_of_iptc).collect())
}

impl Tags {
    /// ExifTool treats a second resource with IPTC as a separate block. Its values are added to the first one.
    fn with_all_of_iptc(mut self) -> Self {
        let second: Vec<_> = self
            .0
            .iter()
            .filter_map(|(tag, value)| Some((tag.strip_prefix("IPTC2:")?, value)))
            .map(|(name, value)| (format!("IPTC:{name}"), value.clone()))
            .collect();
        for (tag, value) in second {
            match self.0.remove(&tag) {
                // There may be several of these. Of all others, the first one counts.
                Some(first) if ["IPTC:Keywords", "IPTC:By-line"].contains(&tag.as_str()) => {
                    let list = |value| match value {
                        Value::Array(items) => items,
                        item => vec![item],
                    };
                    let all = [list(first), list(value)].concat();
                    self.0.insert(tag, Value::Array(all));
                }
                first => {
                    self.0.insert(tag, first.unwrap_or(value));
                }
            }
        }
        self
    }

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

    /// The text of a tag of the camera, in either of the directories where it may be.
    pub(crate) fn camera_text(&self, tag: &str) -> Option<String> {
        self.text(&[&format!("ExifIFD:{tag}"), &format!("IFD0:{tag}")])
    }

    /// The number of a tag of the camera.
    pub(crate) fn camera_number(&self, tag: &str) -> Option<f64> {
        self.number(&[&format!("ExifIFD:{tag}"), &format!("IFD0:{tag}")])
    }

    /// A number of the camera, for which zero means unknown.
    pub(crate) fn camera_quantity(&self, tag: &str) -> Option<f64> {
        self.camera_number(tag).filter(|&value| value > 0.0)
    }

    /// ISO 8601 from three tags, with nine fractional digits if there are sub-seconds or an offset. A blank date means
    /// no date.
    pub(crate) fn camera_date(
        &self,
        date: &str,
        sub_seconds: &str,
        offset: &str,
    ) -> Option<String> {
        let date = self.camera_text(date)?;
        let fraction = self
            .camera_text(sub_seconds)
            .map(|digits| format!(".{digits}"));
        let offset = self.camera_text(offset);
        iso_8601(
            &[
                date,
                fraction.unwrap_or_default(),
                offset.unwrap_or_default(),
            ]
            .concat(),
        )
    }

    /// ISO 8601 from a tag that has all of it.
    pub(crate) fn date(&self, tag: &str) -> Option<String> {
        iso_8601(&self.text(&[tag])?)
    }

    /// ISO 8601 from IPTC's two tags.
    pub(crate) fn iptc_date(&self) -> Option<String> {
        let date = self.text(&["IPTC:DateCreated"])?;
        let time = self.text(&["IPTC:TimeCreated"]);
        iso_8601(&match time {
            Some(time) => format!("{date} {time}"),
            None => date,
        })
    }

    /// A number with the sign that another tag states: negative if that tag is `negative`.
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
        // Line breaks have one character in the record.
        Value::String(text) => text.trim().replace('\r', ""),
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

/// From `YYYY:MM:DD HH:MM:SS.s+HH:MM`, of which everything after the day may be missing. A blank date means no date.
fn iso_8601(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.contains(|digit| ('1'..='9').contains(&digit)) || text.len() < 10 {
        return None;
    }
    let (day, time) = text.split_once(' ').unwrap_or((text, ""));
    let day = day.replace(':', "-");
    if time.is_empty() {
        return Some(day);
    }
    let (time, offset) = time.split_at(time.find(['+', '-', 'Z']).unwrap_or(time.len()));
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let time = if time.len() == 5 {
        format!("{time}:00")
    } else {
        time.to_owned()
    };
    let offset = if offset == "Z" { "+00:00" } else { offset };
    if fraction.is_empty() && offset.is_empty() {
        return Some(format!("{day}T{time}"));
    }
    Some(format!("{day}T{time}.{fraction:0<9.9}{offset}"))
}
