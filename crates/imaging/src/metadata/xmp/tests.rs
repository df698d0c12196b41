use super::*;

const AI: &str = "trainedAlgorithmicMedia";

/// A packet with this content in its `rdf:RDF`.
fn packet(inside: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><!-- & -->\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" \
         xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" \
         xmlns:Iptc4xmpExt=\"{IPTC_EXTENSION}\">{inside}</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}

fn clean(inside: &str) -> Option<String> {
    let cleaned = cleaned(packet(inside).as_bytes(), None)?;
    Some(String::from_utf8(cleaned).expect("text"))
}

#[test]
fn what_is_not_stale_stays_byte_for_byte() {
    for inside in [
        "",
        "<rdf:Description dc:title = 'a &amp; b'  dc:rights=\"©\" />",
        "<rdf:Description><dc:subject>\n<rdf:Bag><rdf:li>a</rdf:li><rdf:li/></rdf:Bag></dc:subject><![CDATA[x]]>&#x21;</rdf:Description>",
        // The same names in another namespace have another meaning.
        "<rdf:Description xmlns:t='urn:other' t:Orientation='6'/>",
    ] {
        assert_eq!(clean(inside).as_deref(), Some(packet(inside).as_str()));
    }
}

#[test]
fn what_is_stale_goes_as_attribute_and_as_element() {
    for (inside, expected) in [
        (
            "<rdf:Description dc:title='\"T\"' t:Orientation='6' exif:PixelXDimension=\"4000\" dc:rights=\"'R'\"/>",
            "<rdf:Description dc:title='\"T\"' dc:rights=\"'R'\"/>",
        ),
        (
            "<rdf:Description hdrgm:Version='1.0'><t:Orientation>6</t:Orientation><dc:format>a</dc:format></rdf:Description>",
            "<rdf:Description><dc:format>a</dc:format></rdf:Description>",
        ),
        (
            "<rdf:Description><xmp:Thumbnails><rdf:Alt><rdf:li><xmp:Thumbnails/>x</rdf:li></rdf:Alt></xmp:Thumbnails>\n<exif:PixelYDimension/></rdf:Description>",
            "<rdf:Description>\n</rdf:Description>",
        ),
    ] {
        assert_eq!(clean(inside), Some(packet(expected)));
    }
}

#[test]
fn what_is_broken_or_bottomless_is_not_kept() {
    let deep = "<a>".repeat(MAX_DEPTH) + &"</a>".repeat(MAX_DEPTH);
    let wide = (0..=MAX_ATTRIBUTES)
        .map(|number| format!(" a{number}=''"))
        .collect::<Vec<_>>();
    for inside in [
        "<a>".to_owned(),
        "<a></b>".to_owned(),
        "<a b=c/>".to_owned(),
        deep,
        format!("<a{}/>", wide.concat()),
    ] {
        assert_eq!(clean(&inside), None, "{inside:.60}");
    }
    assert_eq!(cleaned(b"<a>\xff</a>", None), None);
}

#[test]
fn the_source_is_said_once_and_instead_of_another_one() {
    let inside = "<rdf:Description Iptc4xmpExt:DigitalSourceType='http://example.com/digitalCapture' dc:title='T'/>";
    let marked = cleaned(packet(inside).as_bytes(), Some(AI)).expect("a packet");
    let marked = String::from_utf8(marked).expect("text");
    assert!(!marked.contains("digitalCapture"));
    assert!(marked.contains("dc:title=\"T\""));
    assert_eq!(marked.matches(AI).count(), 1);
    assert_eq!(marked.matches("DigitalSourceType").count(), 1);
    // Writing it again changes nothing.
    let again = cleaned(marked.as_bytes(), Some(AI)).expect("a packet");
    assert_eq!(
        String::from_utf8(again).expect("text").matches(AI).count(),
        1
    );
    // If there is no mark to write, the original's own source stays.
    assert_eq!(clean(inside), Some(packet(inside)));
}

#[test]
fn a_packet_without_a_place_for_the_source_is_not_kept() {
    assert_eq!(cleaned(b"<a/>", Some(AI)), None);
    assert_eq!(cleaned(b"<a/>", None).as_deref(), Some(&b"<a/>"[..]));
}

#[test]
fn a_mark_is_a_whole_packet_and_its_source_a_code() {
    let marked = mark(AI).expect("a mark");
    assert_eq!(cleaned(&marked, None), Some(marked.clone()));
    let text = String::from_utf8(marked).expect("text");
    assert!(text.contains(&format!(
        "Iptc4xmpExt:DigitalSourceType=\"{VOCABULARY}{AI}\""
    )));
    assert_eq!(mark("a\"/><script>"), None);
}
