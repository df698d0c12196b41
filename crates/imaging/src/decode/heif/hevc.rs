//! Decodes HEVC pictures with `heifer-hevc-dec`, slice by slice, so that the work is bounded.

use heifer_hevc_dec::Error;
use heifer_hevc_dec::nal::NalUnit;
use heifer_hevc_dec::params::{ParameterSets, Sps};
use heifer_hevc_dec::recon::{Frame, Reconstructor};
use heifer_hevc_dec::slice::SliceHeader;
use heifer_hevc_dec::syntax::{self, CodingUnit, SaoParams, Sink, TransformBlock};

use super::picture::{Chroma, Picture};
use crate::budget::Meter;
use crate::decode::undecodable;
use crate::format::Format;
use crate::inspect::heif::{Config, units};
use crate::inspect::{ChromaSubsampling, Cicp, Inspection};
use crate::refusal::Refusal;

/// How many samples longer a coded picture may be than its shown part, because it is coded in whole blocks.
const BLOCK: u32 = 64;

/// Decodes one HEVC picture, of at most this size.
pub(super) fn decode_picture(
    config: &[u8],
    data: &[u8],
    most: (u32, u32),
    inspection: &Inspection<'_>,
    meter: &Meter<'_>,
) -> Result<Picture, Refusal> {
    let failed = |error: Error| undecodable(Format::Heic, error);
    let damaged = || undecodable(Format::Heic, "its units do not match");
    let config = Config::read(config).ok_or_else(damaged)?;
    let units = units(data, config.length_size).ok_or_else(damaged)?;
    let units = config.parameter_sets.into_iter().chain(units);
    let units = units
        .filter(|unit| !unit.is_empty())
        .map(NalUnit::parse)
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    let mut sets = ParameterSets::default();
    for unit in units
        .iter()
        .take_while(|unit| !unit.header.unit_type.is_slice())
    {
        sets.add(unit).map_err(failed)?;
    }
    let frame = decode_slices(&units, &sets, most, inspection, meter)?;
    to_picture(frame)
}

fn decode_slices(
    units: &[NalUnit<'_>],
    sets: &ParameterSets,
    most: (u32, u32),
    inspection: &Inspection<'_>,
    meter: &Meter<'_>,
) -> Result<(Frame, Cicp), Refusal> {
    let failed = |error: Error| undecodable(Format::Heic, error);
    let mut state: Option<(syntax::Picture<'_>, Metered<'_>)> = None;
    let mut previous: Option<SliceHeader> = None;
    for unit in units.iter().filter(|unit| is_base_slice(unit)) {
        meter.check()?;
        // The first bit says that a picture begins. A second picture in the file is not needed.
        let begins = unit.rbsp.first().is_some_and(|byte| byte & 0x80 != 0);
        if begins && state.is_some() {
            break;
        }
        let header = SliceHeader::parse(&unit.rbsp, &unit.header, sets, previous.as_ref())
            .map_err(failed)?;
        let set = usize::from(header.slice_pic_parameter_set_id);
        let (pps, sps) = sets.get(set).map_err(failed)?;
        if state.is_none() {
            check_size(sps, most)?;
            check_samples(sps, inspection)?;
        }
        let (picture, sink) = state.get_or_insert_with(|| {
            let sink = Metered {
                inner: Reconstructor::new(sps, pps),
                meter,
            };
            (syntax::Picture::new(sps, pps), sink)
        });
        // Slices must come in order, so that no block is decoded twice.
        let place = header.slice_segment_address as usize;
        if picture.layout.rs_to_ts.get(place) != Some(&picture.decoded_ctbs) {
            return Err(undecodable(Format::Heic, "its slices are not in order"));
        }
        sink.inner.start_slice(&header);
        let data = unit.rbsp.get(header.header_size..).unwrap_or_default();
        let quantiser = header.slice_qp_y(sets).map_err(failed)?;
        syntax::decode_slice_segment(picture, &header, quantiser, data, sink).map_err(failed)?;
        if let Some(error) = sink.inner.error.take() {
            return Err(failed(error));
        }
        if !header.dependent_slice_segment_flag {
            previous = Some(header);
        }
    }
    meter.check()?;
    let (picture, sink) = state.ok_or_else(|| undecodable(Format::Heic, "it has no picture"))?;
    if !picture.is_complete() {
        return Err(undecodable(Format::Heic, "the picture ends early"));
    }
    let sps = picture.sps;
    drop(picture);
    let frame = sink.inner.finish(false);
    let frame = if sps.conf_win_offsets == [0; 4] {
        frame
    } else {
        frame.cropped(sps)
    };
    Ok((frame, coded_colours(sps)))
}

/// Whether a unit is a slice of the picture itself and not of a layer above it, such as the other eye's view.
fn is_base_slice(unit: &NalUnit<'_>) -> bool {
    unit.header.unit_type.is_slice() && unit.header.layer_id == 0
}

/// Refuses a picture that is larger than the container says, before memory is allocated for it.
fn check_size(sps: &Sps, most: (u32, u32)) -> Result<(), Refusal> {
    let coded = (
        sps.pic_width_in_luma_samples,
        sps.pic_height_in_luma_samples,
    );
    let fits = |coded: u32, most: u32| coded <= most.saturating_add(BLOCK);
    if fits(coded.0, most.0) && fits(coded.1, most.1) {
        return Ok(());
    }
    Err(undecodable(
        Format::Heic,
        "a picture in it is larger than the file states",
    ))
}

/// Refuses samples of another kind than the container says. Alpha may have only luma.
fn check_samples(sps: &Sps, inspection: &Inspection<'_>) -> Result<(), Refusal> {
    if sps.separate_colour_plane_flag {
        return Err(Refusal::unsupported(
            "The HEIC file has separately coded colour planes, which is not supported.",
        ));
    }
    let is_grey = sps.chroma_format_idc == 0;
    let has_foretold_planes = is_grey
        || inspection.chroma_subsampling
            == Some(match sps.chroma_format_idc {
                1 => ChromaSubsampling::Cs420,
                2 => ChromaSubsampling::Cs422,
                _ => ChromaSubsampling::Cs444,
            });
    let has_one_depth = is_grey || sps.bit_depth_luma == sps.bit_depth_chroma;
    if has_foretold_planes && has_one_depth && sps.bit_depth_luma <= inspection.bit_depth {
        return Ok(());
    }
    Err(undecodable(
        Format::Heic,
        "its samples differ from what the file states",
    ))
}

/// The colours that the bitstream states, for files whose container does not state them.
fn coded_colours(sps: &Sps) -> Cicp {
    let vui = sps.vui.as_ref();
    Cicp {
        primaries: vui.map_or(2, |vui| vui.colour_primaries),
        transfer: vui.map_or(2, |vui| vui.transfer_characteristics),
        matrix: vui.map_or(2, |vui| vui.matrix_coeffs),
        full_range: vui.is_some_and(|vui| vui.video_full_range_flag),
    }
}

fn to_picture((frame, coded): (Frame, Cicp)) -> Result<Picture, Refusal> {
    let [luma, first, second] = frame.planes;
    let shift = match frame.chroma_format {
        0 => None,
        1 => Some((1, 1)),
        2 => Some((1, 0)),
        _ => Some((0, 0)),
    };
    let chroma = shift.map(|shift| Chroma {
        width: frame.widths[1],
        shift,
        planes: [first, second],
    });
    if frame.widths[0] == 0 || frame.heights[0] == 0 {
        return Err(undecodable(Format::Heic, "it has no pixels"));
    }
    Ok(Picture {
        width: frame.widths[0],
        height: frame.heights[0],
        bits: frame.bit_depth[0],
        luma,
        chroma,
        coded: Some(coded),
    })
}

/// Reconstructs blocks while there is time left. After that, data is only parsed, to the end of its slice.
struct Metered<'a> {
    inner: Reconstructor<'a>,
    meter: &'a Meter<'a>,
}

impl Sink for Metered<'_> {
    fn sao(&mut self, x: u32, y: u32, parameters: &SaoParams) {
        self.inner.sao(x, y, parameters);
    }

    fn transform_block(&mut self, block: &TransformBlock<'_>) {
        if !self.meter.step() {
            self.inner.transform_block(block);
        }
    }

    fn pcm(&mut self, x: u32, y: u32, log2_size: u8, samples: [&[u16]; 3]) {
        self.inner.pcm(x, y, log2_size, samples);
    }

    fn coding_unit(&mut self, unit: &CodingUnit) {
        self.inner.coding_unit(unit);
    }
}
