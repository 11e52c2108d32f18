//! Brings the built screens into the binary. Never calls npm: a Rust build needs no network and no
//! Node, and a machine without them still gets a server that says what is missing.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = manifest.join("../../web/dist");
    let web = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("web");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", dist.display());
    if web.exists() {
        fs::remove_dir_all(&web)?;
    }
    fs::create_dir_all(&web)?;
    if dist.join("index.html").exists() {
        copy(&dist, &web)
    } else {
        println!(
            "cargo:warning=web/dist is not built: run `npm run build --prefix web` for the screens"
        );
        fs::write(web.join("index.html"), MISSING)
    }
}

/// Copies a folder with everything below it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            println!("cargo:rerun-if-changed={}", entry.path().display());
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

const MISSING: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Permanence</title>\n\
<h1>The screens are not in this build</h1>\n\
<p>The server runs, and its API answers under <a href=\"/api/openapi.json\">/api</a>. To have the screens as well, run\n\
<code>npm ci --prefix web &amp;&amp; npm run build --prefix web</code> and build the server again, or simply\n\
<code>cargo xtask run</code>.</p>\n</html>\n";
