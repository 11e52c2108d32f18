//! The committed copy of the OpenAPI document is the one the code makes.

use std::path::Path;

/// The screens' types are generated from `web/openapi.json`; it must not lag behind the code.
#[test]
fn the_committed_document_is_the_one_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    let mut made = server::http::openapi::document().to_pretty_json().unwrap();
    made.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "web/openapi.json differs from the code; rewrite it with\n  UPDATE=1 cargo test -p permanence-server --test office openapi"
    );
}
