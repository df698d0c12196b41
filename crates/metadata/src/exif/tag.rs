//! The tags that are read, by their names in EXIF 3.0, TIFF 6.0 and (`XP…`, `RATING`) Windows.

pub(super) const EXIF_DIRECTORY: u16 = 0x8769;
pub(super) const GPS_DIRECTORY: u16 = 0x8825;

pub(super) const IMAGE_DESCRIPTION: u16 = 0x010E;
pub(super) const MAKE: u16 = 0x010F;
pub(super) const MODEL: u16 = 0x0110;
pub(super) const SOFTWARE: u16 = 0x0131;
pub(super) const DATE_TIME: u16 = 0x0132;
pub(super) const ARTIST: u16 = 0x013B;
pub(super) const RATING: u16 = 0x4746;
pub(super) const COPYRIGHT: u16 = 0x8298;
pub(super) const XP_TITLE: u16 = 0x9C9B;
pub(super) const XP_COMMENT: u16 = 0x9C9C;
pub(super) const XP_AUTHOR: u16 = 0x9C9D;
pub(super) const XP_KEYWORDS: u16 = 0x9C9E;

pub(super) const EXPOSURE_TIME: u16 = 0x829A;
pub(super) const F_NUMBER: u16 = 0x829D;
pub(super) const EXPOSURE_PROGRAM: u16 = 0x8822;
pub(super) const PHOTOGRAPHIC_SENSITIVITY: u16 = 0x8827;
pub(super) const STANDARD_OUTPUT_SENSITIVITY: u16 = 0x8831;
pub(super) const RECOMMENDED_EXPOSURE_INDEX: u16 = 0x8832;
pub(super) const ISO_SPEED: u16 = 0x8833;
pub(super) const DATE_TIME_ORIGINAL: u16 = 0x9003;
pub(super) const DATE_TIME_DIGITIZED: u16 = 0x9004;
pub(super) const OFFSET_TIME: u16 = 0x9010;
pub(super) const OFFSET_TIME_ORIGINAL: u16 = 0x9011;
pub(super) const OFFSET_TIME_DIGITIZED: u16 = 0x9012;
pub(super) const SHUTTER_SPEED_VALUE: u16 = 0x9201;
pub(super) const APERTURE_VALUE: u16 = 0x9202;
pub(super) const EXPOSURE_BIAS_VALUE: u16 = 0x9204;
pub(super) const METERING_MODE: u16 = 0x9207;
pub(super) const FLASH: u16 = 0x9209;
pub(super) const FOCAL_LENGTH: u16 = 0x920A;
pub(super) const SUB_SEC_TIME: u16 = 0x9290;
pub(super) const SUB_SEC_TIME_ORIGINAL: u16 = 0x9291;
pub(super) const SUB_SEC_TIME_DIGITIZED: u16 = 0x9292;
pub(super) const PIXEL_X_DIMENSION: u16 = 0xA002;
pub(super) const PIXEL_Y_DIMENSION: u16 = 0xA003;
pub(super) const WHITE_BALANCE: u16 = 0xA403;
pub(super) const FOCAL_LENGTH_IN_35MM_FILM: u16 = 0xA405;
pub(super) const LENS_MODEL: u16 = 0xA434;
pub(super) const IMAGE_TITLE: u16 = 0xA436;
pub(super) const PHOTOGRAPHER: u16 = 0xA437;

pub(super) const GPS_LATITUDE_REF: u16 = 1;
pub(super) const GPS_LATITUDE: u16 = 2;
pub(super) const GPS_LONGITUDE_REF: u16 = 3;
pub(super) const GPS_LONGITUDE: u16 = 4;
pub(super) const GPS_ALTITUDE_REF: u16 = 5;
pub(super) const GPS_ALTITUDE: u16 = 6;
pub(super) const GPS_TIME_STAMP: u16 = 7;
pub(super) const GPS_IMG_DIRECTION: u16 = 17;
pub(super) const GPS_MAP_DATUM: u16 = 18;
pub(super) const GPS_DATE_STAMP: u16 = 29;
