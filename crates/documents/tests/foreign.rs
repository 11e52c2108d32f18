//! Documents as programs of other makes read them: `factur-x` (PyPI) checks the structured invoice
//! against the schemas of Factur-X and finds it in the PDF; poppler reads the text back.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

mod sample;

use std::{path::Path, process::Command};

use billing::invoice::Invoice;
use sample::{credit_note, invoice, large};

/// The Python that has `factur-x`; `cargo xtask test` makes it and says where.
fn python() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("PERMANENCE_FACTURX_PYTHON").map(Into::into);
    if named.is_none() {
        eprintln!("skipped: `cargo xtask test` runs this against factur-x");
    }
    named
}

fn run(program: &Path, args: &[&str]) -> String {
    let done = Command::new(program).args(args).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{} {args:?}: {out}{err}", program.display());
    out.into_owned()
}

const CHECK: &str = "
import sys, facturx
from lxml import etree
pdf, xml = open(sys.argv[1], 'rb').read(), open(sys.argv[2], 'rb').read()
name, found = facturx.get_facturx_xml_from_pdf(pdf, check_xsd=True)
assert name == 'factur-x.xml', name
assert found == xml, 'the XML within is another'
facturx.xml_check_xsd(xml, flavor='factur-x', level='en16931')
tree = etree.fromstring(xml)
assert facturx.get_level(tree) == 'en16931', facturx.get_level(tree)
from io import BytesIO
from pypdf import PdfReader
reader = PdfReader(BytesIO(pdf))
xmp = reader.trailer['/Root']['/Metadata'].get_data().decode()
etree.fromstring(xmp.encode())
for want in ('<fx:ConformanceLevel>EN 16931<', '<pdfaid:part>3<', 'pdfaExtension:schemas'):
    assert want in xmp, want
print(len(reader.pages), reader.pages[0].extract_text())
";

/// The business rules of EN 16931 as Factur-X publishes them (Schematron, compiled to XSLT 2), run by Saxon. Rules that
/// only warn are left out: one wants no element empty, another has the schema want just that.
const RULES: &str = "
import sys, os, facturx
from lxml import etree
from saxonche import PySaxonProcessor
folder = os.path.join(os.path.dirname(facturx.__file__), 'xsd_and_schematron', 'facturx-en16931')
svrl = {'svrl': 'http://purl.oclc.org/dsdl/svrl'}
broken, fired = [], 0
with PySaxonProcessor(license=False) as saxon:
    rules = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=os.path.join(folder, 'FACTUR-X_EN16931.xslt'))
    for file in sys.argv[1:]:
        told = etree.fromstring(rules.transform_to_string(source_file=file).encode())
        fired += len(told.findall('.//svrl:fired-rule', svrl))
        for failed in told.findall('.//svrl:failed-assert', svrl):
            if failed.get('flag') != 'warning':
                broken.append((os.path.basename(file), failed.get('id'), ''.join(failed.itertext()).strip()))
assert not broken, broken
print(fired, len(sys.argv) - 1)
";

/// Runs the business rules over every structured invoice in a folder; how many rules met something.
fn keeps_the_rules(python: &Path, folder: &Path) -> u32 {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = files.filter(|file| file.extension().is_some_and(|e| e == "xml")).collect();
    let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
    let words: Vec<&str> =
        ["-c", RULES].into_iter().chain(files.iter().map(AsRef::as_ref)).collect();
    let told = run(python, &words);
    told.split(' ').next().unwrap().parse().unwrap()
}

fn check(python: &Path, folder: &Path, name: &str, document: &Invoice) -> String {
    let (pdf, xml) = (folder.join(format!("{name}.pdf")), folder.join(format!("{name}.xml")));
    std::fs::write(&pdf, documents::pdf(document).unwrap()).unwrap();
    std::fs::write(&xml, documents::cii(document).unwrap()).unwrap();
    run(python, &["-c", CHECK, &pdf.to_string_lossy(), &xml.to_string_lossy()])
}

#[test]
fn a_foreign_library_finds_a_sound_invoice_in_each_language() {
    let Some(python) = python() else { return };
    let kept = std::env::var_os("SHOTS").map(std::path::PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(temporary.path());
    for (language, words) in [
        ("en", ["Invoice", "To pay", "1 December 2026", "November 2026"]),
        ("fr", ["Facture", "À payer", "1er décembre 2026", "novembre 2026"]),
        ("ru", ["Счёт", "К оплате", "1 декабря 2026 г.", "ноябрь 2026 г."]),
    ] {
        let text = check(&python, folder, language, &invoice(language));
        for word in words {
            assert!(text.contains(word), "{language}: no `{word}` in {text}");
        }
    }
    let text = check(&python, folder, "credit", &credit_note("fr"));
    assert!(text.contains("Avoir") && text.contains("INV-000042"), "{text}");
    let text = check(&python, folder, "large", &large());
    let pages: u32 = text.split(' ').next().unwrap().parse().unwrap();
    assert!(pages >= 3, "{pages} pages");
    for why in sample::UNTAXED {
        check(&python, folder, &format!("untaxed-{why:?}"), &sample::untaxed(why));
    }
    let met = keeps_the_rules(&python, folder);
    assert!(met > 1_000, "{met} rules met something");
}

#[test]
fn the_same_invoice_gives_the_same_bytes() {
    let one = invoice("ru");
    assert!(documents::pdf(&one).unwrap() == documents::pdf(&one).unwrap());
    let draft = Invoice { number: None, ..one };
    assert!(documents::pdf(&draft).is_err() && documents::cii(&draft).is_err());
}
