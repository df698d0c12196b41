//! AVIF files: encoded by the core itself, then put into a container with other properties. HEIC files have the same
//! container.

use super::{Pixels, rendition};

/// An AVIF file of this picture as the core writes it.
pub(crate) fn plain(pixels: &Pixels) -> Vec<u8> {
    rendition(
        &pixels.to_png(),
        "format = \"avif\"\nquality = 90\neffort = 0",
    )
    .bytes
}

/// The same opaque picture in a container that turns it: `irot` and `imir` as given.
pub(crate) fn turned(pixels: &Pixels, quarters: Option<u8>, axis: Option<u8>) -> Vec<u8> {
    let transformations = [(b"irot", quarters), (b"imir", axis)];
    let properties: Vec<_> = transformations
        .into_iter()
        .filter_map(|(kind, value)| Some((kind, vec![value?])))
        .collect();
    with_properties(pixels, &properties)
}

/// The same opaque picture in a container with more properties.
pub(crate) fn with_properties(pixels: &Pixels, properties: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    layered(&[pixels], properties)
}

/// An item of several pictures of one size, one coded after the other.
pub(crate) fn layered(layers: &[&Pixels], properties: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let files: Vec<_> = layers.iter().map(|layer| plain(layer)).collect();
    let coded = files
        .iter()
        .flat_map(|file| find(file, b"mdat")[8..].to_vec());
    let properties = properties.iter();
    container(
        &find(&files[0], b"av1C"),
        (layers[0].width, layers[0].height),
        properties.map(|(kind, body)| boxed(kind, body)).collect(),
        &[(b"av01", coded.collect())],
        &[],
    )
}

/// A colour property of these code points: primaries, transfer, matrix, over the full range.
pub(crate) fn code_points(points: [u16; 3]) -> Vec<u8> {
    let numbers = points.iter().flat_map(|point| point.to_be_bytes());
    b"nclx"
        .iter()
        .copied()
        .chain(numbers)
        .chain([0x80])
        .collect()
}

/// A clean aperture of this size, whose middle is this many half pixels from the middle of the picture.
pub(crate) fn clean_aperture(size: (u32, u32), halves: (i32, i32)) -> Vec<u8> {
    let numbers = [
        size.0,
        1,
        size.1,
        1,
        halves.0.cast_unsigned(),
        2,
        halves.1.cast_unsigned(),
        2,
    ];
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

/// Four copies of a picture in a grid of two rows and two columns, with this total size.
pub(crate) fn grid(tile: &Pixels, (width, height): (u16, u16)) -> Vec<u8> {
    let plain = plain(tile);
    let mut layout = vec![0, 0, 1, 1];
    layout.extend(width.to_be_bytes());
    layout.extend(height.to_be_bytes());
    let picture = find(&plain, b"mdat")[8..].to_vec();
    let mut items = vec![(b"grid", layout)];
    items.extend((0..4).map(|_| (b"av01", picture.clone())));
    container(
        &find(&plain, b"av1C"),
        (width.into(), height.into()),
        Vec::new(),
        &items,
        &[2, 3, 4, 5],
    )
}

/// A box with its header, anywhere in a file.
pub(crate) fn find(file: &[u8], kind: &[u8; 4]) -> Vec<u8> {
    let at = file.windows(4).position(|window| window == kind).unwrap() - 4;
    let size = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    file[at..at + size].to_vec()
}

pub(crate) fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [
        &u32::try_from(body.len() + 8).unwrap().to_be_bytes(),
        kind.as_slice(),
        body,
    ]
    .concat()
}

/// A box with version and flags.
fn full(kind: &[u8; 4], version: u8, body: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], body].concat())
}

/// A HEIF file whose first item is the picture, with the items that it is made of.
pub(crate) fn container(
    config: &[u8],
    (width, height): (u32, u32),
    extra: Vec<Vec<u8>>,
    items: &[(&[u8; 4], Vec<u8>)],
    tiles: &[u16],
) -> Vec<u8> {
    let extents = full(
        b"ispe",
        0,
        &[width.to_be_bytes(), height.to_be_bytes()].concat(),
    );
    let own = u8::try_from(extra.len() + 2).unwrap();
    let properties = [vec![extents, config.to_vec()], extra].concat().concat();
    let count = u16::try_from(items.len()).unwrap();
    // The first item has all properties. Tiles have only that of the codec.
    let mut associations = u32::from(count).to_be_bytes().to_vec();
    for item in 1..=count {
        associations.extend(item.to_be_bytes());
        if item == 1 {
            associations.push(own);
            associations.extend(1..=own);
        } else {
            associations.extend([1, 2]);
        }
    }
    let entries: Vec<u8> = (1..=count)
        .zip(items)
        .flat_map(|(item, (kind, _))| {
            full(
                b"infe",
                2,
                &[
                    &item.to_be_bytes(),
                    [0, 0].as_slice(),
                    kind.as_slice(),
                    &[0],
                ]
                .concat(),
            )
        })
        .collect();
    let references = if tiles.is_empty() {
        Vec::new()
    } else {
        let to = tiles
            .iter()
            .flat_map(|tile| tile.to_be_bytes())
            .collect::<Vec<_>>();
        let count = u16::try_from(tiles.len()).unwrap().to_be_bytes();
        full(
            b"iref",
            0,
            &boxed(b"dimg", &[[0, 1].as_slice(), &count, &to].concat()),
        )
    };
    let build = |data_at: u32| {
        let mut locations = [[0x44, 0x00].as_slice(), &count.to_be_bytes()].concat();
        let mut at = data_at;
        for (item, (_, data)) in (1..=count).zip(items) {
            let length = u32::try_from(data.len()).unwrap();
            locations.extend(
                [
                    &item.to_be_bytes(),
                    [0, 0, 0, 1].as_slice(),
                    &at.to_be_bytes(),
                    &length.to_be_bytes(),
                ]
                .concat(),
            );
            at += length;
        }
        let meta = [
            full(b"hdlr", 0, &[[0; 4].as_slice(), b"pict", &[0; 13]].concat()),
            full(b"pitm", 0, &[0, 1]),
            full(b"iloc", 0, &locations),
            full(
                b"iinf",
                0,
                &[&count.to_be_bytes(), entries.as_slice()].concat(),
            ),
            references.clone(),
            boxed(
                b"iprp",
                &[boxed(b"ipco", &properties), full(b"ipma", 0, &associations)].concat(),
            ),
        ]
        .concat();
        [
            boxed(
                b"ftyp",
                match config.get(4..8) {
                    Some(b"hvcC") => b"heic\0\0\0\0mif1heic",
                    _ => b"avif\0\0\0\0mif1avif",
                },
            ),
            full(b"meta", 0, &meta),
        ]
        .concat()
    };
    let header = build(0).len();
    let data: Vec<u8> = items.iter().flat_map(|(_, data)| data.clone()).collect();
    [
        build(u32::try_from(header + 8).unwrap()),
        boxed(b"mdat", &data),
    ]
    .concat()
}
