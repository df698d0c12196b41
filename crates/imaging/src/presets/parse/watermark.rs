//! Parses the table of a watermark and reads the file that it names.

use serde::Deserialize;
use toml::Spanned;

use super::{ReadFile, Reader};
use crate::presets::{Mark, Position, PresetsError, Watermark};

/// The fractions of the rendition's width that the mark may have.
const SCALES: (f32, f32) = (0.01, 1.0);
const OPACITIES: (f32, f32) = (0.01, 1.0);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WatermarkTable {
    file: Spanned<String>,
    position: Option<Spanned<String>>,
    opacity: Option<Spanned<f64>>,
    scale: Option<Spanned<f64>>,
}

impl Reader<'_> {
    pub(super) fn watermark(
        &self,
        value: &Spanned<WatermarkTable>,
        read: &mut ReadFile<'_>,
    ) -> Result<Watermark, PresetsError> {
        let table = value.get_ref();
        let number = |value: Option<&Spanned<f64>>, key, range, default| {
            value.map_or(Ok(default), |value| self.decimal(value, key, range))
        };
        Ok(Watermark {
            position: table
                .position
                .as_ref()
                .map_or(Ok(Position::BottomRight), |value| {
                    self.choice(value, "position", &Position::ALL)
                })?,
            opacity: number(table.opacity.as_ref(), "opacity", OPACITIES, 0.5)?,
            scale: number(table.scale.as_ref(), "scale", SCALES, 0.2)?,
            mark: self.mark(&table.file, read)?,
            file: table.file.get_ref().clone(),
        })
    }

    fn mark(&self, file: &Spanned<String>, read: &mut ReadFile<'_>) -> Result<Mark, PresetsError> {
        let path = file.get_ref();
        let refused = |reason: String| {
            self.error(
                file.span(),
                format!("the watermark \"{path}\" cannot be used: {reason}"),
            )
        };
        if !stays_inside(path) {
            return Err(refused(
                "name a file below the folder of presets.toml, such as \"watermarks/logo.png\""
                    .to_owned(),
            ));
        }
        read(path)
            .and_then(|bytes| Mark::read(&bytes))
            .map_err(refused)
    }
}

/// Whether a path consists of plain names, so that on every system it leads only further down.
fn stays_inside(path: &str) -> bool {
    path.split('/').all(|name| {
        !matches!(name, "" | "." | "..")
            && !name.contains(['\\', ':'])
            && !name.contains(char::is_control)
    })
}
