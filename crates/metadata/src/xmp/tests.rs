use proptest::prelude::*;

use contract::{FoundIn, Point};

use super::*;

/// Reads a packet without an extended one.
fn read(packet: &[u8]) -> Reading {
    super::read(packet, None)
}

/// A packet with this content in its `rdf:RDF`.
fn packet(inside: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
                  xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
                  xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" \
                  xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\" \
                  xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
                  xmlns:dcterms=\"http://purl.org/dc/terms/\" \
                  xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
                  xmlns:o=\"http://example.com/other/\">{inside}</rdf:RDF>\
         </x:xmpmeta><?xpacket end=\"w\"?>"
    )
}

fn facts(inside: &str) -> Facts {
    let reading = read(packet(inside).as_bytes());
    assert_eq!(reading.warnings, [], "{inside}");
    reading.facts
}

#[test]
fn reads_properties_as_elements() {
    let facts = facts(
        "<rdf:Description rdf:about=''>
           <dc:title><rdf:Alt>
             <rdf:li xml:lang='de'>Strand</rdf:li>
             <rdf:li xml:lang='x-default'>Beach</rdf:li>
             <rdf:li xml:lang='fr'>Plage</rdf:li>
           </rdf:Alt></dc:title>
           <dc:description><rdf:Alt><rdf:li xml:lang='en'>At noon</rdf:li></rdf:Alt></dc:description>
           <dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li/><rdf:li>sky</rdf:li></rdf:Bag></dc:subject>
         </rdf:Description>
         <rdf:Description rdf:about=''>
           <dc:creator><rdf:Seq><rdf:li>Ana</rdf:li><rdf:li>Bo</rdf:li></rdf:Seq></dc:creator>
           <dc:rights>© Ana</dc:rights>
           <xmp:Rating>4</xmp:Rating>
         </rdf:Description>",
    );
    assert_eq!(
        facts,
        Facts {
            title: Some("Beach".to_owned()),
            description: Some("At noon".to_owned()),
            keywords: vec!["sea".to_owned(), "sky".to_owned()],
            creators: vec!["Ana".to_owned(), "Bo".to_owned()],
            copyright: Some("© Ana".to_owned()),
            rating: Some(4.0),
        }
    );
}

#[test]
fn reads_properties_as_attributes() {
    let facts = facts(
        "<rdf:Description dc:title='A &amp; B&#x21;' xmp:Rating='-1' o:title='C' title='D'/>",
    );
    assert_eq!(
        (facts.title.as_deref(), facts.rating),
        (Some("A & B!"), Some(-1.0))
    );
}

#[test]
fn names_are_told_by_namespace_not_by_prefix() {
    let other = "<rdf:Description xmlns:q='http://purl.org/dc/elements/1.1/' \
                  xmlns:dc='http://example.com/not-dublin-core/'><q:title>Q</q:title><dc:title>No</dc:title></rdf:Description>";
    assert_eq!(facts(other).title.as_deref(), Some("Q"));
}

#[test]
fn reads_references_and_character_data() {
    let title = |text: &str| {
        facts(&format!(
            "<rdf:Description><dc:title>{text}</dc:title></rdf:Description>"
        ))
        .title
    };
    assert_eq!(
        title("a &lt;b&gt; &#233;&#xE9; &quot;"),
        Some("a <b> éé \"".to_owned())
    );
    assert_eq!(title("<![CDATA[a <b>]]>"), Some("a <b>".to_owned()));
    assert_eq!(title(" \n "), None);
}

#[test]
fn passes_over_what_belongs_to_something_else() {
    let nested = "<rdf:Description><o:ingredient rdf:parseType='Resource'><dc:title>Inner</dc:title></o:ingredient>\
                  <o:version><rdf:Description dc:title='Earlier'/></o:version>\
                  <o:packet><rdf:RDF><rdf:Description dc:title='Within'/></rdf:RDF></o:packet>\
                  <o:list><rdf:Bag><rdf:li>No</rdf:li></rdf:Bag></o:list></rdf:Description>";
    assert_eq!(facts(nested), Facts::default());
}

#[test]
fn rating_nought_is_no_rating_and_nonsense_is_a_warning() {
    assert_eq!(facts("<rdf:Description xmp:Rating='0'/>").rating, None);
    for nonsense in ["9", "NaN", "inf", "-2", "five"] {
        let reading =
            read(packet(&format!("<rdf:Description xmp:Rating='{nonsense}'/>")).as_bytes());
        assert_eq!(reading.facts.rating, None);
        assert_eq!(reading.warnings[0].code, "xmp-implausible", "{nonsense}");
    }
}

#[test]
fn padding_does_no_harm() {
    let text = packet("<rdf:Description dc:title='Été'/>");
    let reading = read(&[text.as_bytes(), &[0; 40]].concat());
    assert_eq!(reading.facts.title.as_deref(), Some("Été"));
    assert_eq!(reading.warnings, []);
}

#[test]
fn the_date_is_that_of_exif_and_else_that_of_photoshop() {
    let taken = |inside: &str| {
        let reading = read(packet(&format!("<rdf:Description {inside}/>")).as_bytes());
        let codes: Vec<_> = reading.warnings.iter().map(|w| w.code.clone()).collect();
        (reading.taken_at, codes)
    };
    let photoshop = "photoshop:DateCreated='2024-05-01'";
    let exif = "exif:DateTimeOriginal='2024-05-02T10:11:12+02:00'";
    assert_eq!(taken(photoshop), (Some("2024-05-01".to_owned()), vec![]));
    assert_eq!(
        taken(&format!("{photoshop} {exif}")),
        (
            Some("2024-05-02T10:11:12.000000000+02:00".to_owned()),
            vec![]
        )
    );
    let (date, warnings) = taken(&format!("{photoshop} exif:DateTimeOriginal='noon'"));
    assert_eq!(date.as_deref(), Some("2024-05-01"));
    assert_eq!(warnings, ["xmp-implausible"]);
}

#[test]
fn reads_positions_as_programs_write_them() {
    let gps = |inside: &str| read(packet(&format!("<rdf:Description {inside}/>")).as_bytes());
    for (latitude, longitude) in [
        ("38,42,50.04N", "9,8.364W"),
        ("38,42.834N", "9,8,21.84w"),
        ("38.7139", "-9.1394"),
    ] {
        let reading = gps(&format!(
            "exif:GPSLatitude='{latitude}' exif:GPSLongitude='{longitude}' \
             exif:GPSAltitude='1250/100' exif:GPSAltitudeRef='1' exif:GPSImgDirection='27150/100'"
        ));
        let expected = Gps {
            latitude: Some(38.7139),
            longitude: Some(-9.1394),
            point: Some(Point::new(38.7139, -9.1394)),
            position_from: Some(FoundIn::Xmp),
            altitude: Some(-12.5),
            altitude_reference: Some("sea-level".to_owned()),
            direction: Some(271.5),
            ..Gps::default()
        };
        assert_eq!((reading.gps, reading.warnings), (Some(expected), vec![]));
    }
}

#[test]
fn positions_that_cannot_be_are_none() {
    for (latitude, longitude, why) in [
        ("51,0N", "213,0E", "longitude is not possible"),
        ("51,0", "9,0E", "latitude is not possible"),
        ("51,0é", "9,0E", "latitude is not possible"),
        ("infN", "9,0E", "latitude is not possible"),
        ("1,2,3,4N", "9,0E", "latitude is not possible"),
        ("51,0N", "9,-1E", "longitude is not possible"),
        ("0,0N", "0,0E", "position is exactly 0° by 0°"),
    ] {
        let reading = read(packet(&format!(
            "<rdf:Description exif:GPSLatitude='{latitude}' exif:GPSLongitude='{longitude}' exif:GPSAltitude='3'/>"
        )).as_bytes());
        let message = format!("XMP's GPS {why}, so the position was left out.");
        assert_eq!(reading.gps, None);
        assert_eq!(reading.warnings, [Warning::new(IMPLAUSIBLE, message)]);
    }
}

#[test]
fn the_source_is_a_text_or_an_address() {
    const AI: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
    for inside in [
        format!("<rdf:Description Iptc4xmpExt:DigitalSourceType='{AI}'/>"),
        format!(
            "<rdf:Description><Iptc4xmpExt:DigitalSourceType>{AI}</Iptc4xmpExt:DigitalSourceType></rdf:Description>"
        ),
        format!(
            "<rdf:Description><Iptc4xmpExt:DigitalSourceType rdf:resource='{AI}'/></rdf:Description>"
        ),
    ] {
        let reading = read(packet(&inside).as_bytes());
        assert_eq!(reading.digital_source_type.as_deref(), Some(AI), "{inside}");
    }
}

#[test]
fn a_manifest_elsewhere_is_an_address_of_the_web() {
    let address = |value: &str| {
        let inside = format!("<rdf:Description dcterms:provenance='{value}'/>");
        read(packet(&inside).as_bytes()).manifest_address
    };
    assert_eq!(
        address("https://example.com/a.c2pa").as_deref(),
        Some("https://example.com/a.c2pa")
    );
    assert_eq!(address("self#jumbf=/c2pa/urn:uuid:1"), None);
}

#[test]
fn an_extended_packet_adds_what_the_main_one_has_not() {
    let main = packet("<rdf:Description dc:title='Main'/>");
    let extended = packet("<rdf:Description dc:title='Other' dc:rights='Ana' xmp:Rating='9'/>");
    let reading = super::read(main.as_bytes(), Some(extended.as_bytes()));
    assert_eq!(reading.facts.title.as_deref(), Some("Main"));
    assert_eq!(reading.facts.copyright.as_deref(), Some("Ana"));
    assert_eq!(reading.warnings[0].code, "xmp-implausible");
    let broken = super::read(main.as_bytes(), Some(b"<a>"));
    assert_eq!(
        broken.warnings[0].message,
        "The extended XMP packet is broken: it ends within an element."
    );
    let large = super::read(main.as_bytes(), Some(&vec![b' '; MAX_EXTENDED_BYTES + 1]));
    assert_eq!(large.warnings[0].code, "xmp-too-large");
    assert_eq!(large.facts.title.as_deref(), Some("Main"));
}

#[test]
fn entities_are_not_expanded() {
    let bomb = packet("<rdf:Description><dc:title>a&lol3;b</dc:title></rdf:Description>");
    let declared = "<!DOCTYPE x [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;'><!ENTITY lol3 SYSTEM 'file:///etc/passwd'>]>";
    let reading = read(format!("{declared}{bomb}").as_bytes());
    assert_eq!(reading.facts.title.as_deref(), Some("ab"));
}

#[test]
fn keeps_what_stands_before_a_fault() {
    let whole = packet(
        "<rdf:Description><dc:title>Kept</dc:title><dc:rights>Lost</dc:rights></rdf:Description>",
    );
    let cut = &whole.as_bytes()[..whole.find("Lost").expect("it is there")];
    let reading = read(cut);
    assert_eq!(
        (reading.facts.title.as_deref(), reading.facts.copyright),
        (Some("Kept"), None)
    );
    assert_eq!(reading.warnings[0].code, "xmp-broken");
    assert_eq!(
        reading.warnings[0].message,
        "The XMP packet is broken: it ends within an element."
    );
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = read(packet(&"<a>".repeat(100_000)).as_bytes());
    assert!(
        deep.warnings[0]
            .message
            .contains("more than 32 nested elements")
    );
    let large = read(&vec![b' '; MAX_BYTES + 1]);
    assert_eq!(large.warnings[0].code, "xmp-too-large");
}

#[test]
fn a_complaint_does_not_repeat_the_packet() {
    let reading = read(packet(&format!("<{0}></b>", "a".repeat(10_000))).as_bytes());
    assert_eq!(reading.warnings[0].code, "xmp-broken");
    assert!(reading.warnings[0].message.len() < 300);
}

#[test]
fn many_attributes_and_namespaces_are_not_all_read() {
    let attributes = (0..50_000)
        .map(|n| format!(" a{n}=''"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        facts(&format!("<rdf:Description{attributes} dc:title='Late'/>")).title,
        None
    );
    let namespaces = (0..1_000)
        .map(|n| format!(" xmlns:a{n}='b'"))
        .collect::<Vec<_>>()
        .concat();
    let reading =
        read(packet(&format!("<rdf:Description{namespaces} dc:title='Never'/>")).as_bytes());
    assert_eq!((reading.facts.title, reading.warnings.len()), (None, 1));
}

#[test]
fn an_empty_packet_says_nothing() {
    assert_eq!(read(b""), Reading::default());
    assert_eq!(read(b"\0\0"), Reading::default());
}

proptest! {
    #[test]
    fn no_packet_is_too_broken_to_read(
        mut packet in Just(packet("<rdf:Description dc:title='x'><dc:subject><rdf:Bag><rdf:li>a&amp;b</rdf:li></rdf:Bag></dc:subject></rdf:Description>").into_bytes()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
    ) {
        for (at, byte) in changes {
            let at = at.index(packet.len());
            packet[at] = byte;
        }
        let _ = read(&packet);
    }
}
