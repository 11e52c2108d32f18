//! The binary itself, as a script calls it.

use std::process::Command;

fn permanence(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_permanence"))
        .args(arguments)
        .output()
        .expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_script_gets_one_object_and_an_exit_code() {
    let line =
        ["plan", "erlang", "--model", "c", "--arrivals-per-hour", "200", "--aht", "180s", "--json"];
    let (done, out, err) = permanence(&[&line[..], &["--agents", "14"]].concat());
    assert!(done && err.is_empty(), "{err}");
    let figures: serde_json::Value = serde_json::from_str(&out).expect("one object");
    let level = figures["sl_offered"].as_f64().expect("a number");
    assert!((level - 0.888_35).abs() < 1e-4, "{figures}");

    let (done, out, err) = permanence(&[&line[..], &["--agents", "10"]].concat());
    assert!(!done && out.is_empty());
    assert!(err.contains("--agents is 10") && err.contains("at least 11"), "{err}");
}
