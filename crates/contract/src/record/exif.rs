use serde::{Deserialize, Serialize};

use crate::FoundIn;

/// What the camera recorded. Tag names in parentheses are those of EXIF 3.0 (CIPA DC-008).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Exif {
    /// Maker of the camera, in one spelling per maker: `Nikon` for `NIKON CORPORATION` (Make).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// Model of the camera as it names itself (Model).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Model of the lens (`LensModel`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lens: Option<String>,
    /// Exposure time in seconds (`ExposureTime`, otherwise from `ShutterSpeedValue`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<f64>,
    /// Exposure time as photographers write it, for example `1/125 s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_text: Option<String>,
    /// Exposure compensation in EV (`ExposureBiasValue`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_bias: Option<f64>,
    /// Exposure program: `manual`, `normal`, `aperture-priority`, … (`ExposureProgram`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_program: Option<String>,
    /// Metering mode: `average`, `spot`, `pattern`, … (`MeteringMode`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metering_mode: Option<String>,
    /// White balance: `auto` or `manual` (`WhiteBalance`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub white_balance: Option<String>,
    /// Aperture as an f-number, for example 2.8 (`FNumber`, otherwise from `ApertureValue`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_number: Option<f64>,
    /// ISO sensitivity (`PhotographicSensitivity` and the tags that extend it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso: Option<u32>,
    /// Focal length in millimetres (`FocalLength`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length: Option<f64>,
    /// Focal length in millimetres of a 35 mm camera with the same view (`FocalLengthIn35mmFilm`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length35: Option<f64>,
    /// Whether the flash fired (Flash).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash: Option<bool>,
    /// Program or firmware that wrote the file (Software).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// When the picture was taken, in ISO 8601 with the sub-seconds that the camera gives (`DateTimeOriginal`,
    /// `SubSecTimeOriginal`, `OffsetTimeOriginal`). If the camera states sub-seconds or an offset, it has exactly nine
    /// fractional digits (`2024-05-01T10:11:12.250000000+02:00`), which the Functions host does not change. Otherwise
    /// it is a local date and time to the second (`2024-05-01T10:11:12`). If EXIF has no date, it comes from XMP
    /// (exif:DateTimeOriginal, photoshop:DateCreated), otherwise from IPTC (2:55, 2:60). These may state only the date
    /// (`2024-05-01`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<String>,
    /// Where `takenAt` was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at_from: Option<FoundIn>,
    /// When the picture was digitised, written like `takenAt`. Absent if it is the same (`DateTimeDigitized`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digitised_at: Option<String>,
    /// When the file was last changed, written like `takenAt`. Absent if it is the same (`DateTime`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<String>,
    /// Width in pixels that the EXIF block claims (`PixelXDimension`). The image may have another width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_width: Option<u32>,
    /// Height in pixels that the EXIF block claims (`PixelYDimension`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_height: Option<u32>,
}

/// Where the camera was. Personal data: stored only when the deployment asks for it.
///
/// Either both latitude and longitude are present, or neither. A position of exactly 0° by 0° is what receivers without
/// a fix write, so it is treated as no position.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Gps {
    /// Decimal degrees north of the equator, -90 to 90 (`GPSLatitude`, `GPSLatitudeRef`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = -90.0, max = 90.0)))]
    pub latitude: Option<f64>,
    /// Decimal degrees east of Greenwich, -180 to 180 (`GPSLongitude`, `GPSLongitudeRef`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = -180.0, max = 180.0)))]
    pub longitude: Option<f64>,
    /// The same position in the form that Cosmos DB's spatial functions, such as `ST_DISTANCE`, accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// Where the position was found: EXIF, otherwise XMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_from: Option<FoundIn>,
    /// Metres above sea level, or above the ellipsoid if `altitudeReference` says so. Negative below it (`GPSAltitude`,
    /// `GPSAltitudeRef`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub altitude: Option<f64>,
    /// What the altitude is measured from: `sea-level` or `ellipsoid` (`GPSAltitudeRef`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub altitude_reference: Option<String>,
    /// Compass direction of the picture in degrees, 0 up to 360 (`GPSImgDirection`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<f64>,
    /// Geodetic datum, for example `WGS-84` (`GPSMapDatum`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datum: Option<String>,
    /// When the position was determined: in UTC, ISO 8601 with exactly nine fractional digits, like the date of the
    /// picture (`GPSDateStamp`, `GPSTimeStamp`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<String>,
}

/// A position as GeoJSON (RFC 7946, section 3.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Point {
    /// The kind of geometry, which is always a point.
    #[serde(rename = "type")]
    pub kind: PointKind,
    /// Longitude and then latitude, both in decimal degrees.
    pub coordinates: [f64; 2],
}

/// The kind of a [`Point`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PointKind {
    /// A single position.
    Point,
}

impl Point {
    /// The point with these coordinates in decimal degrees.
    #[must_use]
    pub fn new(latitude: f64, longitude: f64) -> Self {
        Self {
            kind: PointKind::Point,
            coordinates: [longitude, latitude],
        }
    }
}
