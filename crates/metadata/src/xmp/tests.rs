use proptest::prelude::*;

use super::*;

/// A packet around the inside of an `rdf:RDF`.
fn packet(inside: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
                  xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
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
fn reads_utf_16_and_padding() {
    let text = packet("<rdf:Description dc:title='Été'/>");
    let utf_16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    for packet in [utf_16, [text.as_bytes(), &[0; 40]].concat()] {
        let reading = read(&packet);
        assert_eq!(reading.facts.title.as_deref(), Some("Été"));
        assert_eq!(reading.warnings, []);
    }
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
    assert!(deep.warnings[0].message.contains("more than 32 elements"));
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
