//! `permanence compare`: the contracts that one client could have, or each of several, side by side.

use std::{
    io::{IsTerminal, Write},
    num::NonZeroUsize,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Context;
use clap::Args;
use domain::{Day, Span, Zone};
use planning::{
    compare::{Compared, Comparison, Model, NotCompared, Plan, Step, compare},
    recorded::{House, Recorded},
    sim::{Estimate, Options, Value},
};
use server::replay::{house, recorded};
use store::Store;

use crate::StoreArgs;

/// Whom to compare contracts for.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The scenario (TOML) with its section [compare], as docs/comparing-contracts.md describes it
    scenario: PathBuf,
    /// The client, instead of the one that the section names; given more than once, each is compared by
    /// itself while all the others stay as they are
    #[arg(long = "client", value_name = "NAME")]
    clients: Vec<String>,
    /// Compare on the days that a floor has recorded, from this one on; the file then holds only
    /// [compare]
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Day>,
    /// Last recorded day [default: the first one]
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    to: Option<Day>,
    /// Zone in which recorded days are counted
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    zone: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Print one JSON object instead of a table; an array of them for several clients
    #[arg(long)]
    json: bool,
    /// On how many cores [default: all]
    #[arg(long, value_name = "N")]
    cores: Option<NonZeroUsize>,
}

/// Reads the plan of a client, or of the one that the file names.
type ReadPlan<'a> = dyn Fn(Option<&str>) -> Result<Plan, Vec<domain::Fault>> + 'a;

/// Compares, and prints what came out.
///
/// # Errors
/// A file that cannot be read or is no TOML; every fault of what it says; a promise that nobody can keep.
pub async fn run(args: CompareArgs) -> anyhow::Result<()> {
    let shown = args.scenario.display();
    let text =
        std::fs::read_to_string(&args.scenario).with_context(|| format!("reading {shown}"))?;
    let value: Value = toml::from_str(&text).with_context(|| format!("{shown} is no TOML"))?;
    let told = |faults: Vec<domain::Fault>| {
        let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
        anyhow::anyhow!("{shown} cannot be compared:\n{}", lines.join("\n"))
    };
    let clients: Vec<Option<&str>> = match args.clients.as_slice() {
        [] => vec![None],
        some => some.iter().map(|name| Some(name.as_str())).collect(),
    };
    let twice =
        args.clients.iter().enumerate().find(|(at, name)| args.clients[..*at].contains(name));
    anyhow::ensure!(
        twice.is_none(),
        "--client names {} twice; name each client once",
        twice.map_or("", |(_, name)| name)
    );
    let all = |read: &ReadPlan<'_>| {
        clients.iter().map(|client| read(*client).map_err(told)).collect::<anyhow::Result<Vec<_>>>()
    };
    let plans = match args.from {
        None => all(&|client| Plan::read(&value, client))?,
        Some(first) => {
            let zone = Zone::get(&args.zone)?;
            let last = args.to.unwrap_or(first);
            anyhow::ensure!(first <= last, "the last day {last} is before the first, {first}");
            let span = Span { from: zone.day(first).from, until: zone.day(last).until };
            let config = args.store.config(Vec::new())?;
            let store = Store::open(&config.database).await?;
            let read = read_recorded(&store, span, &zone).await;
            store.close().await;
            let (recorded, house) = read?;
            all(&|client| Plan::of_recorded(&recorded, &house, &value, client))?
        }
    };
    let options = Options { cores: args.cores, until_half_width: None };
    let drawn = std::io::stderr().is_terminal();
    let running = tokio::task::spawn_blocking(move || {
        // It is told far more often than anybody could read.
        let shown = AtomicU32::new(u32::MAX);
        let mut compared = Vec::new();
        for plan in &plans {
            compared.push(compare(plan, options, &|step: Step| {
                let Step { done, of, simulations } = step;
                if drawn && shown.swap(simulations, Ordering::Relaxed) != simulations {
                    let client = plan.client();
                    eprint!(
                        "\r{client}: {done} of {of} floors staffed, {simulations} simulations   "
                    );
                }
                true
            })?);
        }
        Ok(compared)
    });
    let compared = running.await.context("the comparison broke off")?;
    if drawn {
        eprint!("\r{}\r", " ".repeat(100));
    }
    let compared = compared.map_err(|error| match error {
        NotCompared::Faults(faults) => told(faults),
        NotCompared::Stopped => anyhow::anyhow!("the comparison was stopped"),
    })?;
    let mut out = std::io::stdout().lock();
    match compared.as_slice() {
        [one] if args.json => writeln!(out, "{}", serde_json::to_string(one)?)?,
        all if args.json => writeln!(out, "{}", serde_json::to_string(all)?)?,
        [one] => table(&mut out, one)?,
        all => {
            for one in all {
                table(&mut out, one)?;
                writeln!(out)?;
            }
            together(&mut out, all)?;
        }
    }
    Ok(())
}

/// A line for each client: what each contract would cost it, and leave over.
fn together(out: &mut impl Write, all: &[Comparison]) -> std::io::Result<()> {
    writeln!(
        out,
        "Together: price (margin) of the billing period; each by itself, the others as they are\n"
    )?;
    write!(out, "{:<26}", "")?;
    let models = [Model::Shared, Model::Dedicated, Model::Hybrid];
    models.iter().try_for_each(|model| write!(out, "  {:>26}", word(*model)))?;
    writeln!(out, "  advice")?;
    for one in all {
        let currency =
            one.currency.parse::<domain::Currency>().map_or(2, domain::Currency::decimals);
        let unit = 0.1f64.powi(currency as i32);
        write!(out, "{:<26}", one.client)?;
        for model in models {
            let cell = one.contracts.iter().find(|of| of.model == model).map_or_else(
                || "-".to_owned(),
                |of| {
                    let amount = |of: Estimate| {
                        of.mean.map_or("-".to_owned(), |mean| format!("{:.2}", mean * unit))
                    };
                    format!("{} ({})", amount(of.price_minor), amount(of.margin_minor))
                },
            );
            write!(out, "  {cell:>26}")?;
        }
        writeln!(out, "  {} {}", one.advice.model.map_or("-", word), one.currency)?;
    }
    Ok(())
}

/// What the only floor of a store has recorded.
async fn read_recorded(
    store: &Store,
    span: Span,
    zone: &Zone,
) -> anyhow::Result<(Recorded, House)> {
    let floors = store.floors().await?;
    let [floor] = floors.as_slice() else {
        anyhow::bail!("there are {} journals here, and one floor is compared", floors.len());
    };
    // The contracts of the last day: terms that changed meanwhile are compared as they ended.
    let house = house(store, span.until - std::time::Duration::from_micros(1), zone).await?;
    let (recorded, _) = recorded(store, *floor, span, &house, |_| true).await?;
    Ok((recorded, house))
}

fn word(model: Model) -> &'static str {
    match model {
        Model::Shared => "shared",
        Model::Dedicated => "dedicated",
        Model::Hybrid => "hybrid",
    }
}

fn shown(estimate: Estimate, by: f64, digits: usize, unit: &str) -> String {
    let Some(mean) = estimate.mean else { return "-".to_owned() };
    match estimate.half_width_95 {
        Some(half) => format!("{:.digits$} ± {:.digits$}{unit}", mean * by, half * by),
        None => format!("{:.digits$}{unit}", mean * by),
    }
}

/// For people: a column for each contract.
fn table(out: &mut impl Write, compared: &Comparison) -> std::io::Result<()> {
    let currency =
        compared.currency.parse::<domain::Currency>().map_or(2, domain::Currency::decimals);
    let unit = 0.1f64.powi(currency as i32);
    writeln!(
        out,
        "{}: {} in {}, {} contacts; {} replications, seed {}; amounts in {}, 95 % intervals\n",
        compared.scenario,
        compared.client,
        compared.period,
        shown(compared.contacts, 1.0, 0, ""),
        compared.replications,
        compared.seed,
        compared.currency
    )?;
    let mut line = |name: &str, cell: &dyn Fn(&Compared) -> String| {
        write!(out, "{name:<26}")?;
        for contract in &compared.contracts {
            write!(out, "  {:>22}", cell(contract))?;
        }
        writeln!(out)
    };
    line("", &|c| word(c.model).to_owned())?;
    line("in time", &|c| shown(c.promise.service_level, 100.0, 1, " %"))?;
    line("promised", &|c| {
        format!("{} % in {} s", c.promise.target_percent, c.promise.threshold_s)
    })?;
    line("mean wait of answered", &|c| shown(c.asa_served, 1.0, 1, " s"))?;
    line("abandoned", &|c| shown(c.p_abandon, 100.0, 1, " %"))?;
    line("agent hours", &|c| format!("{:.0}", c.agent_hours))?;
    line("paid hours", &|c| format!("{:.0}", c.paid_hours))?;
    line("cost", &|c| format!("{:.2}", c.cost_minor as f64 * unit))?;
    line("price", &|c| shown(c.price_minor, unit, 2, ""))?;
    line("margin", &|c| shown(c.margin_minor, unit, 2, ""))?;
    line("once", &|c| format!("{:.2}", c.once_minor as f64 * unit))?;
    for contract in &compared.contracts {
        writeln!(out, "\n{}", word(contract.model))?;
        if let Some(terms) = &contract.hybrid {
            let after = terms.overflow_after_s;
            let after =
                after.map_or("no overflow".to_owned(), |after| format!("overflow after {after} s"));
            writeln!(out, "  team: {}, {after}", terms.hours)?;
        }
        for group in &contract.groups {
            let site = group.site.as_deref().map_or(String::new(), |site| format!(", {site}"));
            let occupancy = shown(group.occupancy, 100.0, 1, " %");
            let cost = group.cost_minor as f64 * unit;
            writeln!(
                out,
                "  {}{site}: {:.0} agent hours for {cost:.2}, busy {occupancy}",
                group.name, group.agent_hours
            )?;
            let agents = compared.intervals.iter().zip(&group.agents).zip(&group.agents_for_client);
            for ((interval, agents), own) in agents {
                if *agents > 0 || *own != 0 {
                    writeln!(
                        out,
                        "    {interval:<20} {agents:>5} at work, {own:>4} for {}",
                        compared.client
                    )?;
                }
            }
        }
        for position in &contract.positions {
            let amount = position.amount_minor * unit;
            writeln!(
                out,
                "  {} ({}): {:.0} {} for {amount:.2}",
                position.name, position.kind, position.quantity, position.unit
            )?;
        }
        for other in &contract.others {
            writeln!(
                out,
                "  {}: promised {} %, without {} {}, now {}",
                other.name,
                other.target_percent,
                compared.client,
                shown(other.before, 100.0, 1, " %"),
                shown(other.after, 100.0, 1, " %")
            )?;
        }
    }
    if !compared.warnings.is_empty() {
        writeln!(out, "\nBeware")?;
        for note in &compared.warnings {
            writeln!(out, "  {}", note.text)?;
        }
    }
    writeln!(out, "\nAdvice")?;
    for reason in &compared.advice.reasons {
        writeln!(out, "  {}", reason.text)?;
    }
    Ok(())
}
