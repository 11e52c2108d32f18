//! The chain from recorded counts to a checked roster, through the commands that people type.

use std::{fs, path::Path};

use clap::Parser;
use domain::Day;
use serde_json::Value as Json;

use super::*;
use crate::{forecast::ForecastArgs, plan::Plan as PlanCommand};

#[derive(Debug, Parser)]
struct TypedForecast {
    #[command(flatten)]
    args: ForecastArgs,
}

#[derive(Debug, Parser)]
struct TypedPlan {
    #[command(subcommand)]
    args: PlanCommand,
}

#[derive(Debug, Parser)]
struct Typed {
    #[command(flatten)]
    args: ScheduleArgs,
}

const PLAN: &str = r#"
zone = "Europe/Paris"
step = "30m"

[[shifts]]
name = "early, late"
starts = { from = "08:00", until = "12:00", every = "30m" }
length = ["4h30m", "8h30m"]
breaks = [{ name = "lunch", length = "30m", from = "2h", until = "4h30m" }]

[[rules]]
name = "full time"
hours_max = "40h"
days_max = 5

[[people]]
name = "=Anna \"Ann\""
absences = [{ from = 2026-02-03 }]

[[people]]
name = "agent"
count = 12
"#;

/// Four weeks from Monday 2026-01-05, every weekday 08:00 to 18:00 in quarter-hours, busier at noon.
fn counts() -> String {
    let mut text = String::from("datetime,calls\n");
    let monday: Day = "2026-01-05".parse().expect("a day");
    for day in (0..28).filter(|day| day % 7 < 5) {
        for quarter in 0..40_i32 {
            let (hour, minute) = (8 + quarter / 4, quarter % 4 * 15);
            let calls = 14 - (quarter - 20).abs() / 3 + day % 7;
            text += &format!("{}T{hour:02}:{minute:02},{calls}\n", monday.plus(i64::from(day)));
        }
    }
    text
}

fn schedule(words: &[&str]) -> Result<Made> {
    let args = Typed::try_parse_from([&["schedule"], words].concat())?.args;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(made(&args))
}

/// Writes the files of the chain and gives their paths: plan, staffing.
fn chain(folder: &Path) -> (String, String) {
    let path = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let (recorded, said, staffed) = (path("counts.csv"), path("forecast.json"), path("staff.json"));
    fs::write(&recorded, counts()).expect("written");
    let words = ["forecast", &recorded, "--interval", "30m", "--json"];
    let forecast = TypedForecast::try_parse_from(words).expect("typed").args.printed();
    fs::write(&said, forecast.expect("a forecast")).expect("written");
    let words = ["plan", "staff", "--model", "a", "--aht", "180s", "--patience", "300s"];
    let more = ["--target", "0.8", "--shrinkage", "0.1", "--forecast", &said, "--json"];
    let staffing = TypedPlan::try_parse_from([&words[..], &more].concat()).expect("typed");
    fs::write(&staffed, staffing.args.printed_now().expect("a staffing")).expect("written");
    let plan = path("plan.toml");
    fs::write(&plan, PLAN).expect("written");
    (plan, staffed)
}

#[test]
fn recorded_counts_become_a_checked_roster() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plan, staffed) = chain(folder.path());
    let made = schedule(&[&plan, "--required", &staffed, "--gap", "0.002"]).expect("a roster");
    assert_eq!(made.plan.from.to_string(), "2026-02-02", "the Monday after what is recorded");
    assert_eq!(check(&made.roster, &made.plan), []);

    let json: Json = shown::json(&made);
    let number = |key: &str| json[key].as_f64().unwrap_or_else(|| panic!("no {key} in {json}"));
    assert!(number("required_agent_hours") > 100.0, "{json}");
    assert!(number("gap") <= 0.02, "{} of {}", number("gap"), number("value"));
    assert!(number("bound") <= number("value") + 1e-6);
    let parts = number("paid_hours") + 10.0 * number("short_agent_hours");
    assert!((number("value") - parts).abs() < 1e-6, "nobody has wishes here");
    let staffed: Json =
        serde_json::from_str(&fs::read_to_string(&staffed).expect("read")).expect("JSON");
    assert_eq!(staffed["scheduled_agent_hours"], json["required_agent_hours"]);

    let table = shown::table(&made);
    assert!(table.contains("Mon 2026-02-02") && table.contains("every rule is kept"), "{table}");
}

#[test]
fn calendars_and_csv_tell_the_same_duties() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plan, staffed) = chain(folder.path());
    let made = schedule(&[&plan, "--required", &staffed]).expect("a roster");
    let duties: Vec<_> = made.roster.duties.iter().filter(|duty| duty.person == 1).collect();
    assert!(!duties.is_empty());
    let text = files::calendar(&made, &duties);
    assert_eq!(text.matches("BEGIN:VEVENT").count(), duties.len(), "{text}");
    assert!(text.contains("SUMMARY:early\\, late"), "{text}");
    // Paris is an hour ahead of UTC in February.
    let local = made.plan.zone.local(duties[0].from);
    let hour: u32 = local[11..13].parse().expect("an hour");
    let utc = format!(
        "DTSTART:{}T{:02}{}00Z",
        duties[0].day.to_string().replace('-', ""),
        hour - 1,
        &local[14..16]
    );
    assert!(text.contains(&utc), "{utc} in {text}");
    assert_eq!(text, files::calendar(&made, &duties), "the same bytes");

    let into = folder.path().join("ics");
    files::write_calendars(&into, &made).expect("written");
    let people: std::collections::BTreeSet<_> =
        made.roster.duties.iter().map(|d| d.person).collect();
    assert_eq!(fs::read_dir(&into).expect("a folder").count(), people.len());
    assert!(into.join(files::file_name(1, "agent 1")).is_file());
    assert_eq!(files::file_name(0, "../=Anna \"Ann\""), "001-----anna--ann-.ics");

    let csv = files::csv(&made);
    assert_eq!(csv.lines().count(), made.roster.duties.len() + 1);
    let anna = made.roster.duties.iter().any(|duty| duty.person == 0);
    assert!(!anna || csv.contains("\"'=Anna \"\"Ann\"\"\",\"site\",\"early, late\","), "{csv}");
}

#[test]
fn faults_of_both_files_are_sentences() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plan, staffed) = chain(folder.path());
    let wrong = |plan: &str, required: &str, more: &[&str]| {
        let words = [&[plan, "--required", required], more].concat();
        schedule(&words).err().expect("a fault").to_string()
    };
    let bad = folder.path().join("bad.toml");
    let bad = bad.to_str().expect("text");
    fs::write(
        bad,
        PLAN.replace("\"30m\"\n\n[[shifts", "\"25m\"\n\n[[shifts").replace("40h", "many"),
    )
    .expect("written");
    let text = wrong(bad, &staffed, &[]);
    for part in ["rules[0].hours_max", "shifts[0].starts", "25 min"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let table = folder.path().join("required.csv");
    let table = table.to_str().expect("text");
    fs::write(table, "from,agents\n2026-02-02T09:00,3\nmonday,4\n").expect("written");
    assert!(wrong(&plan, table, &[]).contains("line 3"));
    assert!(wrong(&plan, "nowhere.csv", &[]).contains("nowhere.csv"));
    assert!(wrong(&plan, &staffed, &["--time-limit", "0s"]).contains("--time-limit"));
    assert!(wrong(&plan, &staffed, &["--gap", "2"]).contains("--gap"));
    assert!(wrong(&plan, &staffed, &["--from", "2026-06-01"]).contains("Nobody is required"));
}

#[test]
fn the_example_of_the_documents_is_a_plan() {
    let text = include_str!("../../../../docs/examples/bank-roster.toml");
    let value: Value = toml::from_str(text).expect("TOML");
    let plan = Plan::read(&value, "2003-09-15".parse().expect("a day")).expect("a plan");
    assert_eq!((plan.people.len(), plan.sites.len()), (442, 2));
}
