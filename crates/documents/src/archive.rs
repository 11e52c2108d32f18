//! What makes a PDF/A-3 a Factur-X invoice: four properties in its metadata, and their description.
//!
//! The PDF writer has no place for properties of others, so they are added behind it: the metadata is
//! written a second time, longer, after the end, as PDF's incremental update has it (ISO 32000-1, section 7.5.6).

use crate::DocumentError;

/// Name of the structured invoice within (Factur-X 1.0, section 6.2.2).
pub const FILE_NAME: &str = "factur-x.xml";

const URI: &str = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#";

/// The properties.
fn properties() -> String {
    format!(
        "<rdf:Description rdf:about=\"\" xmlns:fx=\"{URI}\"><fx:DocumentType>INVOICE</fx:DocumentType>\
         <fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName><fx:Version>1.0</fx:Version>\
         <fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
    )
}

/// The schema that PDF/A wants them described by, for the list of such schemas.
fn schema() -> String {
    let property = |(name, what): &(&str, &str)| {
        format!(
            "<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>{name}</pdfaProperty:name>\
             <pdfaProperty:valueType>Text</pdfaProperty:valueType>\
             <pdfaProperty:category>external</pdfaProperty:category>\
             <pdfaProperty:description>{what}</pdfaProperty:description></rdf:li>"
        )
    };
    let properties: String = [
        ("DocumentFileName", "Name of the embedded invoice"),
        ("DocumentType", "What the embedded document is"),
        ("Version", "Version of Factur-X"),
        ("ConformanceLevel", "Profile of the embedded invoice"),
    ]
    .iter()
    .map(property)
    .collect();
    format!(
        "<rdf:li rdf:parseType=\"Resource\"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>\
         <pdfaSchema:namespaceURI>{URI}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>\
         <pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
}

/// The same file with these properties in its metadata.
pub fn marked(pdf: Vec<u8>) -> Result<Vec<u8>, DocumentError> {
    update(&pdf).ok_or_else(|| DocumentError::Pdf("the metadata is not where it was".to_owned()))
}

fn update(pdf: &[u8]) -> Option<Vec<u8>> {
    let metadata = find(pdf, b"/Type/Metadata", 0)?;
    let object = rfind(pdf, b" 0 obj", metadata)?;
    let number_from = pdf[..object].iter().rposition(|b| !b.is_ascii_digit())? + 1;
    let number: u32 = std::str::from_utf8(&pdf[number_from..object]).ok()?.parse().ok()?;
    let stream = find(pdf, b"stream\n", metadata)? + b"stream\n".len();
    let end = find(pdf, b"endstream", stream)?;
    let packet = std::str::from_utf8(&pdf[stream..end]).ok()?.trim_end();
    // A property is there once: the schema goes into the list that the writer has begun.
    let (head, tail) = packet.split_at(packet.find("</rdf:Bag></pdfaExtension:schemas>")?);
    let (middle, tail) = tail.split_at(tail.rfind("</rdf:RDF>")?);
    let packet = format!("{head}{}{middle}{}{tail}", schema(), properties());

    let trailer = rfind(pdf, b"trailer", pdf.len())?;
    let start = rfind(pdf, b"startxref", pdf.len())?;
    let dictionary = std::str::from_utf8(&pdf[trailer + b"trailer".len()..start]).ok()?.trim();
    let rest = std::str::from_utf8(&pdf[start..]).ok()?;
    let previous: usize = rest.lines().nth(1)?.trim().parse().ok()?;
    let dictionary = dictionary.strip_suffix(">>")?;

    let mut out = pdf.to_vec();
    if !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    let at = out.len();
    let length = packet.len();
    let text = format!(
        "{number} 0 obj\n<</Length {length}/Type/Metadata/Subtype/XML>>\nstream\n{packet}\nendstream\nendobj\n"
    );
    out.extend_from_slice(text.as_bytes());
    let table = out.len();
    let text = format!(
        "xref\n{number} 1\n{at:010} 00000 n\r\ntrailer\n{dictionary}/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n"
    );
    out.extend_from_slice(text.as_bytes());
    Some(out)
}

fn find(text: &[u8], what: &[u8], from: usize) -> Option<usize> {
    text[from..].windows(what.len()).position(|window| window == what).map(|at| from + at)
}

fn rfind(text: &[u8], what: &[u8], until: usize) -> Option<usize> {
    text[..until].windows(what.len()).rposition(|window| window == what)
}
