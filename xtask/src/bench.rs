//! `cargo xtask bench`: every measured promise in one table, with the machine beside it.
//!
//! Nothing here asserts a time: machines differ, and a figure that may fail a build soon stops
//! being measured honestly.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::{
    clock::Stopwatch,
    process::{command, output, target_folder},
    run::{Profile, build_server},
};

#[derive(Args)]
pub struct Options {
    /// Measures only what has this in its name.
    only: Option<String>,
    /// Contacts of the database whose portal is measured; fewer to try it out.
    #[arg(long, default_value_t = 1_000_000)]
    contacts: u32,
}

/// One line of the table.
struct Row {
    what: String,
    measured: String,
    aim: &'static str,
}

/// Measures and prints.
///
/// # Errors
/// When a benchmark fails.
pub fn run(options: &Options) -> Result<()> {
    let wanted = |name: &str| options.only.as_deref().is_none_or(|only| name.contains(only));
    let mut rows = Vec::new();
    if wanted("disk") {
        let folder = target_folder()?.join("xtask");
        fs::create_dir_all(&folder)?;
        rows.push(disk(&folder)?);
    }
    if wanted("decisions") {
        rows.extend(decisions()?);
    }
    if wanted("rating") {
        rows.push(rating()?);
    }
    if wanted("voice") {
        rows.extend(voice()?);
    }
    for name in ["start", "floor", "chat", "restart", "reports", "planning", "rosters", "simulate"]
    {
        if wanted(name) {
            let figures = measured_by_the_binary(name)?;
            rows.extend(rows_of(name, &figures));
        }
    }
    if wanted("portal") {
        let contacts = options.contacts.to_string();
        for engine in ["sqlite", "postgres"] {
            let args = ["--contacts", &contacts, "--engine", engine];
            rows.extend(portal_rows(&measured_with("portal", &args)?));
        }
    }
    for engine in ["sqlite", "postgres"] {
        if wanted("imports") {
            rows.extend(import_rows(&measured_with("imports", &["--engine", engine])?));
        }
        if wanted("margins") {
            rows.push(margins_row(&measured_with("margins", &["--engine", engine])?));
        }
    }
    if wanted("simulate") {
        rows.extend(peers()?);
    }
    println!("{}", machine()?);
    print_table(&rows);
    Ok(())
}

/// The router alone: one line of JSON for each floor, with and without decision records.
fn decisions() -> Result<Vec<Row>> {
    println!("measuring decisions");
    let args = ["bench", "--quiet", "--package", "permanence-routing", "--bench", "decisions"];
    let printed = output(command("cargo", args))?;
    printed.lines().filter(|line| line.starts_with('{')).map(decision_row).collect()
}

/// A month of a whole provider, rated on one core.
fn rating() -> Result<Row> {
    println!("measuring rating");
    let args = ["bench", "--quiet", "--package", "permanence-billing", "--bench", "rating"];
    let printed = output(command("cargo", args))?;
    let figures = last_line(&printed)?;
    let number = |key: &str| figures[key].as_f64().with_context(|| format!("no `{key}` of rating"));
    Ok(Row {
        what: format!(
            "rating of a month, {:.0} contacts of {:.0} clients",
            number("contacts")?,
            number("clients")?
        ),
        measured: format!("{:.0} ms", number("rated_ms")?),
        aim: "≤ 5 s on one core",
    })
}

/// Calls at once that are measured: between two trunks, and between a trunk and an agent's browser.
const CALLS: &[(&str, &str)] = &[("calls", "250"), ("browsers", "250")];
/// Calls a second that are set up.
const SETUPS: &[&str] = &["25", "50", "100"];
/// How long each is measured, in seconds.
const VOICE_SECONDS: &str = "20";

/// Calls, recorded all of them: at once, and set up in a second. Their far ends are other processes on the
/// same machine.
fn voice() -> Result<Vec<Row>> {
    let measured = |name: &str, args: &[&str]| {
        println!("measuring voice, {name} {}", args.join(" "));
        let example = ["run", "--release", "--quiet", "--package", "permanence-telephony"];
        let script = r#"ulimit -n "$(ulimit -Hn)" && exec cargo "$@""#;
        let mut bench = command("sh", ["-c", script, "sh"]);
        bench.args(example).args(["--example", name, "--"]).args(args).stderr(Stdio::inherit());
        last_line(&output(bench)?)
    };
    let mut rows = Vec::new();
    for (kind, calls) in CALLS {
        rows.extend(call_rows(&measured("sound", &[kind, calls, VOICE_SECONDS])?));
    }
    for rate in SETUPS {
        rows.push(setup_row(&measured("setups", &[rate, VOICE_SECONDS])?));
    }
    Ok(rows)
}

/// Two decimals, of a figure that may be missing.
fn short(value: &Value) -> String {
    value.as_f64().map_or_else(|| "?".into(), |number| format!("{number:.2}"))
}

fn call_rows(figures: &Value) -> Vec<Row> {
    let browsers = figures["browsers"].as_u64().unwrap_or(0) > 0;
    let far = if browsers { "trunk to browser" } else { "trunk to trunk" };
    let what = format!("{} calls at once, {far}, recorded", figures["calls"]);
    let worst = figures["worst_tick_us"].as_f64().map_or(f64::NAN, |us| us / 1_000.0);
    vec![
        Row {
            what: format!("{what}: of a core, each leg"),
            measured: format!(
                "{} % user, {} % kernel, {} % writing recordings",
                short(&figures["user_percent_per_leg"]),
                short(&figures["system_percent_per_leg"]),
                short(&figures["recording_percent_per_leg"]),
            ),
            aim: "≤ 0.1 % a leg by trunk, ≤ 0.25 % a browser",
        },
        Row {
            what: format!("{what}: the latest tick, ticks left out, frames lost, worst MOS"),
            measured: format!(
                "{worst:.2} ms, {}, {}, {}",
                figures["ticks_skipped"],
                figures["recording_frames_lost"],
                short(&figures["worst_mos"]),
            ),
            aim: "≤ 20 ms, 0, 0, ≥ 4.3",
        },
        Row {
            what: format!("{what}: memory for each"),
            measured: format!("{} KiB", short(&figures["kib_per_call"])),
            aim: "",
        },
    ]
}

fn setup_row(figures: &Value) -> Row {
    let carrier = &figures["carrier"];
    Row {
        what: format!("{} calls a second set up, each recorded", figures["wanted_per_second"]),
        measured: format!(
            "{}/s answered, {} of {} failed, {} recorded; INVITE to 200 p50 {} ms, p99 {} ms, max {} ms; \
             {} % user, {} % kernel of a core; latest tick {} ms",
            short(&carrier["answered_per_second"]),
            carrier["failed"],
            carrier["placed"],
            figures["recordings"],
            short(&carrier["p50_ms"]),
            short(&carrier["p99_ms"]),
            short(&carrier["max_ms"]),
            short(&figures["user_percent"]),
            short(&figures["system_percent"]),
            figures["worst_tick_us"]
                .as_f64()
                .map_or_else(|| "?".into(), |us| format!("{:.2}", us / 1_000.0)),
        ),
        aim: "p99 ≤ 100 ms, none failed",
    }
}

fn decision_row(line: &str) -> Result<Row> {
    let figures: Value = serde_json::from_str(line).with_context(|| format!("reading `{line}`"))?;
    let number =
        |key: &str| figures[key].as_f64().with_context(|| format!("no `{key}` in `{line}`"));
    let (floor, aim) = match figures["floor"].as_str() {
        Some("big") => {
            ("5,000 agents, 2,000 clients, 10,000 waiting", "≥ 500,000 events/s, p99 ≤ 20 µs")
        }
        Some("small") => ("50 agents, one pool", ""),
        _ => bail!("the benchmark of decisions knows a floor that this table does not: `{line}`"),
    };
    let recorded = figures["decisions"].as_bool() == Some(true);
    Ok(Row {
        what: format!("routing, {floor}{}", if recorded { ", with reasons" } else { "" }),
        measured: format!(
            "{:.0} events/s, p50 {:.1} µs, p99 {:.1} µs",
            number("events_per_s")?,
            number("p50_us")?,
            number("p99_us")?,
        ),
        aim,
    })
}

/// Runs `permanence bench NAME` in release mode; its last line is JSON.
fn measured_by_the_binary(name: &str) -> Result<Value> {
    measured_with(name, &[])
}

/// As [`measured_by_the_binary`], with arguments.
fn measured_with(name: &str, args: &[&str]) -> Result<Value> {
    let binary = build_server(Profile::Release)?;
    println!("measuring {name} {}", args.join(" "));
    // Thousands of people are thousands of sockets: as many open files as the system allows.
    let script = r#"ulimit -n "$(ulimit -Hn)" && exec "$0" bench "$@""#;
    let mut bench = command("sh", ["-c", script]);
    bench.arg(binary).arg(name).args(args).stderr(Stdio::inherit());
    last_line(&output(bench)?)
}

/// The last line of what a benchmark printed.
fn last_line(printed: &str) -> Result<Value> {
    let line = printed.lines().last().context("the benchmark printed nothing")?;
    serde_json::from_str(line).with_context(|| format!("the benchmark printed `{line}`"))
}

/// What a benchmark of the binary says, in rows.
fn rows_of(name: &str, figures: &Value) -> Vec<Row> {
    let number = |value: &Value| value.as_f64().map_or_else(|| "?".into(), |n| format!("{n:.0}"));
    let spans = |value: &Value| {
        let span =
            |key: &str| value[key].as_f64().map_or_else(|| "?".into(), |ms| format!("{ms:.2} ms"));
        format!("p50 {}, p99 {}, max {}", span("p50_ms"), span("p99_ms"), span("max_ms"))
    };
    let row = |what: String, measured: String, aim: &'static str| Row { what, measured, aim };
    match name {
        "start" => vec![
            row(
                "start, empty store, to the first answer".into(),
                spans(&figures["start"]),
                "≤ 1 s",
            ),
            row(
                "memory then, at its highest".into(),
                format!("{} MiB", number(&figures["memory_mib"])),
                "≤ 100 MB",
            ),
        ],
        "floor" => vec![row(
            format!("contact arrived → offer at the desk, {}/s, durable", number(&figures["rate"])),
            spans(&figures["arrival_to_offer"]),
            "p99 ≤ 20 ms beside the disk's sync",
        )],
        "chat" => {
            let sessions = number(&figures["sessions"]);
            vec![
                row(
                    format!("{sessions} chats held: message to the agent"),
                    spans(&figures["to_agent"]),
                    "p99 ≤ 50 ms",
                ),
                row(
                    format!("{sessions} chats held: message to the customer"),
                    spans(&figures["to_customer"]),
                    "p99 ≤ 50 ms",
                ),
                row(
                    "memory for each of them".into(),
                    format!("{} KiB", number(&figures["kib_per_session"])),
                    "",
                ),
            ]
        }
        "reports" => vec![row(
            format!("report of a month, {} events: by client", number(&figures["events"])),
            format!(
                "{} ms, by agent {} ms (the first one, which closes the days, {} ms)",
                number(&figures["by_client_ms"]),
                number(&figures["by_agent_ms"]),
                number(&figures["first_ms"]),
            ),
            "< 1 s",
        )],
        "planning" => vec![
            row(
                "planning: Erlang A with 100,000 agents".into(),
                figures["erlang_a_100000_agents_ms"]
                    .as_f64()
                    .map_or_else(|| "?".into(), |ms| format!("{ms:.3} ms")),
                "≤ 1 ms",
            ),
            row(
                format!(
                    "planning: {} clients × {} quarter-hours staffed by Erlang A",
                    number(&figures["clients"]),
                    number(&figures["intervals"]),
                ),
                format!("{} ms", number(&figures["staffing_ms"])),
                "≤ 2 s",
            ),
        ],
        "rosters" => vec![row(
            format!("roster of a week, {} people at two sites", number(&figures["people"])),
            format!(
                "gap {} in {} s",
                figures["gap"]
                    .as_f64()
                    .map_or_else(|| "?".into(), |g| format!("{:.2} %", g * 100.0)),
                number(&figures["seconds"]),
            ),
            "≤ 1 % within 60 s",
        )],
        "simulate" => simulated(figures),
        _ => vec![row(
            format!(
                "restart with {} waiting, {} agents → first offer",
                number(&figures["waiting_before"]),
                number(&figures["agents"])
            ),
            format!(
                "{} ms (healthy after {} ms), {} wait on",
                number(&figures["first_offer_ms"]),
                number(&figures["healthy_ms"]),
                number(&figures["waiting_after"]),
            ),
            "≤ 2 s, none lost",
        )],
    }
}

/// The pages of the portal, each with its times.
fn portal_rows(figures: &Value) -> Vec<Row> {
    let engine = figures["engine"].as_str().unwrap_or("?");
    let pages = figures["pages"].as_array().map_or(&[][..], Vec::as_slice);
    let row = |page: &Value| Row {
        what: format!(
            "portal, {} contacts, {engine}: {}",
            figures["contacts"],
            page["page"].as_str().unwrap_or("?")
        ),
        measured: format!("p50 {} ms, p99 {} ms", short(&page["p50_ms"]), short(&page["p99_ms"])),
        aim: "p99 ≤ 200 ms",
    };
    let after = &figures["after_contact"];
    let after = Row {
        what: format!("portal, {engine}: from a contact's end to the statement with it"),
        measured: format!("p50 {} ms, p99 {} ms", short(&after["p50_ms"]), short(&after["p99_ms"])),
        aim: "≤ 1 s",
    };
    pages.iter().map(row).chain([after]).collect()
}

/// Tables that were tried and kept, each on its engine.
fn import_rows(figures: &Value) -> Vec<Row> {
    let engine = figures["engine"].as_str().unwrap_or("?");
    let tables = figures["tables"].as_object().into_iter().flatten();
    let row = |(kind, took): (&String, &Value)| Row {
        what: format!("import of {} rows, {engine}: {kind}", figures["rows"]),
        measured: format!(
            "tried in {} ms, kept in {} ms",
            short(&took["tried_ms"]),
            short(&took["kept_ms"])
        ),
        aim: "",
    };
    tables.map(row).collect()
}

/// The margins of the month that goes on.
fn margins_row(figures: &Value) -> Row {
    Row {
        what: format!(
            "margins of the month that goes on, {} clients with {} contacts, {}",
            figures["clients"],
            figures["contacts"],
            figures["engine"].as_str().unwrap_or("?")
        ),
        measured: format!(
            "first {} ms, then {} ms; with twelve months beside it {} ms",
            short(&figures["first_ms"]),
            short(&figures["again_ms"]),
            short(&figures["page_ms"])
        ),
        aim: "≤ 2 s",
    }
}

/// So many contacts are simulated by programs of other makes.
const PEERS_CONTACTS: &str = "100000";

/// The same models in SimPy and Ciw, on this machine in the same run.
fn peers() -> Result<Vec<Row>> {
    println!("measuring simulators of other makes");
    let python = crate::machine::simulators(&target_folder()?)?;
    let script = crate::process::root().join("xtask/peers/simulators.py");
    let words = [script.to_string_lossy().into_owned(), PEERS_CONTACTS.to_owned()];
    let printed = output(command(&python.to_string_lossy(), words))?;
    printed.lines().filter(|line| line.starts_with('{')).map(peer_row).collect()
}

fn peer_row(line: &str) -> Result<Row> {
    let figures: Value = serde_json::from_str(line).with_context(|| format!("reading `{line}`"))?;
    let text = |key: &str| figures[key].as_str().with_context(|| format!("no `{key}` in `{line}`"));
    let rate =
        figures["contacts_per_s"].as_f64().with_context(|| format!("no rate in `{line}`"))?;
    Ok(Row {
        what: format!("simulated by {}, {}", text("peer")?, text("model")?),
        measured: format!("{:.3} M contacts/s/core", rate / 1e6),
        aim: "",
    })
}

/// Contacts simulated in a second of one core's time, by model, beside the plain loop.
fn simulated(figures: &Value) -> Vec<Row> {
    let million = |value: &Value| {
        value["contacts_per_s"].as_f64().map_or_else(|| "?".into(), |n| format!("{:.2}", n / 1e6))
    };
    let models = figures["models"].as_array().map_or(&[][..], Vec::as_slice);
    let mut rows: Vec<Row> = models
        .iter()
        .map(|model| Row {
            what: format!("simulated, {}", model["model"].as_str().unwrap_or("?")),
            measured: match model["speed_up_on_two_cores"].as_f64() {
                None => format!("{} M contacts/s/core", million(model)),
                Some(times) => {
                    format!("{} M contacts/s/core, two cores {times:.2} times", million(model))
                }
            },
            aim: match model["model"].as_str() {
                Some(name) if name.starts_with("five") => "≥ 3 M contacts/s",
                Some(name) if name.starts_with("one") => "two cores ≥ 1.8 times",
                _ => "",
            },
        })
        .collect();
    rows.push(Row {
        what: "a heap of events and a counter, nothing else".into(),
        measured: format!("{} M contacts/s/core", million(&figures["plain_loop"])),
        aim: "",
    });
    rows
}

/// How long the disk takes to make 4 KiB durable: the floor under every durable latency.
fn disk(folder: &Path) -> Result<Row> {
    let path = folder.join("sync-probe");
    let mut file = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    let mut took = Vec::new();
    for _ in 0..300 {
        let watch = Stopwatch::start();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        took.push(watch.elapsed());
    }
    drop(file);
    fs::remove_file(&path)?;
    took.sort_unstable();
    Ok(Row {
        what: "disk: append 4 KiB and fdatasync".into(),
        measured: format!(
            "p50 {}, p99 {}",
            millis(percentile(&took, 50)),
            millis(percentile(&took, 99))
        ),
        aim: "",
    })
}

/// The value that `percent` of the sorted values do not exceed (nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

fn millis(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1e3)
}

/// Cores, processor, memory, system and compiler, in one line.
fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let field = |path: &str, name: &str| -> Option<String> {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .map_or_else(String::new, |kib| format!(", {} GiB", kib.div_ceil(1 << 20)));
    let system = output(command("uname", ["-sr"]))?;
    let rust = output(command("rustc", ["--version"]))?;
    Ok(format!("{cores} cores, {model}{memory}, {}, {}", system.trim(), rust.trim()))
}

fn print_table(rows: &[Row]) {
    let width = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let what = width(|row| row.what.chars().count());
    let measured = width(|row| row.measured.chars().count());
    for row in rows {
        println!("{:<what$}  {:<measured$}  {}", row.what, row.measured, row.aim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_routers_benchmark_becomes_a_row() {
        let line =
            r#"{"floor":"big","decisions":true,"events_per_s":812345,"p50_us":1.2,"p99_us":9.8}"#;
        let row = decision_row(line).expect("complete");
        assert_eq!(row.measured, "812345 events/s, p50 1.2 µs, p99 9.8 µs");
        assert!(row.what.ends_with("with reasons"));
        assert!(decision_row(r#"{"floor":"attic"}"#).is_err());
    }

    #[test]
    fn a_page_of_the_portal_becomes_a_row() {
        let page = serde_json::json!({"page": "contacts", "p50_ms": 3.25, "p99_ms": 9.9});
        let figures = serde_json::json!({"engine": "sqlite", "contacts": 1_000, "pages": [page]});
        let rows = portal_rows(&figures);
        assert_eq!(rows[0].what, "portal, 1000 contacts, sqlite: contacts");
        assert_eq!(rows[0].measured, "p50 3.25 ms, p99 9.90 ms");
    }

    #[test]
    fn a_line_of_another_simulator_becomes_a_row() {
        let line = r#"{"peer":"SimPy 4.1.2","model":"one pool","contacts_per_s":65432.1}"#;
        let row = peer_row(line).expect("complete");
        assert_eq!(row.what, "simulated by SimPy 4.1.2, one pool");
        assert_eq!(row.measured, "0.065 M contacts/s/core");
        assert!(peer_row(r#"{"peer":"SimPy 4.1.2"}"#).is_err());
    }

    #[test]
    fn tables_and_margins_become_rows() {
        let table = serde_json::json!({"clients": {"tried_ms": 1.5, "kept_ms": 20.0}});
        let figures = serde_json::json!({"engine": "sqlite", "rows": 5_000, "tables": table});
        let rows = import_rows(&figures);
        assert_eq!(rows[0].what, "import of 5000 rows, sqlite: clients");
        assert_eq!(rows[0].measured, "tried in 1.50 ms, kept in 20.00 ms");
        let figures = serde_json::json!({
            "engine": "postgres", "clients": 2, "contacts": 9,
            "first_ms": 3.0, "again_ms": 2.0, "page_ms": 4.0,
        });
        let row = margins_row(&figures);
        assert_eq!(
            row.what,
            "margins of the month that goes on, 2 clients with 9 contacts, postgres"
        );
        assert_eq!(
            row.measured,
            "first 3.00 ms, then 2.00 ms; with twelve months beside it 4.00 ms"
        );
    }

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        for (percent, want) in [(50, 100), (99, 198), (100, 200)] {
            assert_eq!(percentile(&sorted, percent), Duration::from_millis(want), "p{percent}");
        }
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
