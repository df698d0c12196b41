//! The camera, its settings and the dates.

use contract::{Exif, FoundIn, Warning};

use super::{Directories, IMPLAUSIBLE, date, maker, tag};
use crate::text::{MAX_CHARACTERS, clean, decode_undeclared};

/// The value of the 16-bit sensitivity tag if the sensitivity does not fit (EXIF 3.0, section
/// 4.6.6.6).
const SENSITIVITY_ELSEWHERE: u32 = 65_535;

pub(super) fn read(from: &Directories<'_>, warnings: &mut Vec<Warning>) -> Exif {
    let exposure = exposure(from);
    let mut date = |date| match date::read(from, date) {
        Ok(date) => date,
        Err(warning) => {
            warnings.push(warning);
            None
        }
    };
    let taken_at = date(date::TAKEN);
    let digitised_at = date(date::DIGITISED).filter(|at| taken_at.as_ref() != Some(at));
    let modified_at = date(date::MODIFIED).filter(|at| taken_at.as_ref() != Some(at));
    let exif = Exif {
        make: text(from, tag::MAKE).map(|make| maker::normalise(&make)),
        model: text(from, tag::MODEL),
        lens: text(from, tag::LENS_MODEL),
        exposure,
        exposure_text: exposure.map(exposure_text),
        exposure_bias: number(from, tag::EXPOSURE_BIAS_VALUE),
        exposure_program: name(from, tag::EXPOSURE_PROGRAM, exposure_program),
        metering_mode: name(from, tag::METERING_MODE, metering_mode),
        white_balance: name(from, tag::WHITE_BALANCE, white_balance),
        f_number: f_number(from),
        iso: iso(from),
        focal_length: positive(from, tag::FOCAL_LENGTH),
        focal_length35: positive(from, tag::FOCAL_LENGTH_IN_35MM_FILM),
        // Bit 0 says whether the flash fired; the others say how it was set.
        flash: unsigned(from, tag::FLASH).map(|flash| flash & 1 == 1),
        software: text(from, tag::SOFTWARE),
        taken_at_from: taken_at.as_ref().map(|_| FoundIn::Exif),
        taken_at,
        digitised_at,
        modified_at,
        pixel_width: unsigned(from, tag::PIXEL_X_DIMENSION).filter(|&width| width > 0),
        pixel_height: unsigned(from, tag::PIXEL_Y_DIMENSION).filter(|&height| height > 0),
    };
    warnings.extend(negatives(from));
    exif
}

fn text(from: &Directories<'_>, tag: u16) -> Option<String> {
    clean(&decode_undeclared(from.get(tag)?.text()?), MAX_CHARACTERS)
}

fn unsigned(from: &Directories<'_>, tag: u16) -> Option<u32> {
    from.get(tag)?.unsigned()
}

fn number(from: &Directories<'_>, tag: u16) -> Option<f64> {
    from.get(tag)?.number()
}

/// A quantity for which zero means unknown.
fn positive(from: &Directories<'_>, tag: u16) -> Option<f64> {
    number(from, tag).filter(|&value| value > 0.0)
}

/// Warnings about quantities that are negative although they cannot be.
fn negatives(from: &Directories<'_>) -> impl Iterator<Item = Warning> {
    [
        (tag::EXPOSURE_TIME, "exposure time"),
        (tag::F_NUMBER, "f-number"),
        (tag::FOCAL_LENGTH, "focal length"),
    ]
    .into_iter()
    .filter_map(|(tag, name)| {
        let value = number(from, tag).filter(|&value| value < 0.0)?;
        Some(Warning::new(
            IMPLAUSIBLE,
            format!(
                "EXIF states {value} as the {name}, which is not possible, so it was left out."
            ),
        ))
    })
}

/// The exposure time in seconds. `ShutterSpeedValue` states it as the negative exponent of a power
/// of two (APEX).
fn exposure(from: &Directories<'_>) -> Option<f64> {
    positive(from, tag::EXPOSURE_TIME).or_else(|| {
        let apex = number(from, tag::SHUTTER_SPEED_VALUE)?;
        // Values below a millionth of a second or above a thousand hours are noise.
        (-22.0..=20.0).contains(&apex).then(|| (-apex).exp2())
    })
}

/// The f-number. `ApertureValue` is twice the exponent of a power of two (APEX), of which one
/// decimal is significant.
fn f_number(from: &Directories<'_>) -> Option<f64> {
    positive(from, tag::F_NUMBER).or_else(|| {
        let apex = number(from, tag::APERTURE_VALUE)?;
        (0.0 < apex && apex <= 20.0).then(|| rounded((apex / 2.0).exp2(), 1))
    })
}

fn iso(from: &Directories<'_>) -> Option<u32> {
    let sensitivity =
        unsigned(from, tag::PHOTOGRAPHIC_SENSITIVITY).filter(|&iso| iso != SENSITIVITY_ELSEWHERE);
    let longer = [
        tag::RECOMMENDED_EXPOSURE_INDEX,
        tag::STANDARD_OUTPUT_SENSITIVITY,
        tag::ISO_SPEED,
    ];
    sensitivity
        .or_else(|| longer.into_iter().find_map(|tag| unsigned(from, tag)))
        .filter(|&iso| iso > 0)
}

/// The exposure as photographers write it: a fraction of one up to a quarter of a second, otherwise
/// a decimal.
fn exposure_text(seconds: f64) -> String {
    if seconds <= 0.25 {
        format!("1/{:.0} s", 1.0 / seconds)
    } else {
        format!("{} s", rounded(seconds, 1))
    }
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

fn name(
    from: &Directories<'_>,
    tag: u16,
    names: fn(u32) -> Option<&'static str>,
) -> Option<String> {
    names(unsigned(from, tag)?).map(str::to_owned)
}

fn exposure_program(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "manual",
        2 => "normal",
        3 => "aperture-priority",
        4 => "shutter-priority",
        5 => "creative",
        6 => "action",
        7 => "portrait",
        8 => "landscape",
        _ => return None,
    })
}

fn metering_mode(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "average",
        2 => "centre-weighted",
        3 => "spot",
        4 => "multi-spot",
        5 => "pattern",
        6 => "partial",
        255 => "other",
        _ => return None,
    })
}

fn white_balance(code: u32) -> Option<&'static str> {
    match code {
        0 => Some("auto"),
        1 => Some("manual"),
        _ => None,
    }
}
