//! A recorded floor played again and again, beside what really happened.

use std::{
    borrow::Cow,
    num::NonZeroUsize,
    sync::{
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    time::Duration,
};

use domain::{ClientId, Fault, Span, Timestamp};
use figures::{Group, Intervals, Key, Query, Row, Tally};
use routing::Stamped;
use serde::{Deserialize, Serialize};

use crate::sim::{
    Scenario,
    play::{Floor, client_id, listen, quantile_975},
};

/// Figures are cut no finer: a stretch is made of whole ones.
const LENGTH: Duration = Duration::from_secs(900);

/// The figures of one client, or of all, in one stretch. Shares from 0 to 1, times in seconds; `None`
/// where there is nothing to divide by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct OneDay {
    /// Arrived and not turned away.
    pub offered: f64,
    /// Answered, at the first answer.
    pub answered: f64,
    /// Left before any answer, short ones included.
    pub abandoned: f64,
    /// By the formula of each contact's own promise.
    pub service_level: Option<f64>,
    /// Mean wait of the answered.
    pub wait_s: Option<f64>,
    /// Talk, hold and wrap-up per contact that was handled.
    pub handle_s: Option<f64>,
}

impl OneDay {
    fn of(tally: &Tally) -> Self {
        let shown = tally.summary();
        let per = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let us = tally.talk_us + tally.hold_us + tally.wrap_up_us;
        Self {
            offered: shown.offered as f64,
            answered: shown.answered as f64,
            abandoned: shown.abandoned as f64,
            service_level: shown.service_level.map(|share| share.part as f64 / share.whole as f64),
            wait_s: per(tally.wait.sum().as_secs_f64(), shown.answered),
            handle_s: per(us as f64 / 1e6, shown.handled),
        }
    }

    fn each(&self) -> [(&'static str, Option<f64>); 6] {
        [
            ("offered", Some(self.offered)),
            ("answered", Some(self.answered)),
            ("abandoned", Some(self.abandoned)),
            ("service_level", self.service_level),
            ("wait_s", self.wait_s),
            ("handle_s", self.handle_s),
        ]
    }
}

/// Counts what really happened: the journal's events, for the clients that the house names, all first.
#[derive(Debug)]
pub struct Real {
    report: Intervals,
    clients: Vec<ClientId>,
    span: Span,
}

impl Real {
    /// Counts a stretch. Events are fed from before it, so that who was there is known.
    ///
    /// # Errors
    /// A stretch that is reversed, or longer than a report may be.
    pub fn new(
        span: Span,
        zone: &domain::Zone,
        clients: Vec<ClientId>,
    ) -> Result<Self, figures::QueryError> {
        Ok(Self { report: report(span, zone)?, clients, span })
    }

    /// Hears an event.
    pub fn apply(&mut self, stamped: &Stamped) {
        self.report.apply(stamped);
    }

    /// All together, then each client.
    pub fn finish(self) -> Vec<OneDay> {
        days(self.report, self.span.until, &self.clients)
    }
}

fn report(span: Span, zone: &domain::Zone) -> Result<Intervals, figures::QueryError> {
    Intervals::new(Query {
        zone: zone.clone(),
        span,
        length: LENGTH,
        group: Group::Client,
        client: None,
        queue: None,
        channel: None,
        agent: None,
    })
}

fn days(report: Intervals, now: Timestamp, clients: &[ClientId]) -> Vec<OneDay> {
    let totals = Row::totals(&report.finish(now));
    let mut all = Tally::default();
    let of = clients.iter().map(|client| {
        let row = totals.iter().find(|row| row.key == Key::Client(*client));
        row.map(|row| row.tally.clone()).unwrap_or_default()
    });
    let of: Vec<Tally> = of.collect();
    of.iter().for_each(|tally| all.merge(tally));
    std::iter::once(&all).chain(&of).map(OneDay::of).collect()
}

/// What came out of playing a recorded floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// Replications behind every interval.
    pub replications: u32,
    /// The seed that gives the same again.
    pub seed: u64,
    /// Somebody stopped it before its end.
    pub interrupted: bool,
    /// All together.
    pub all: Of,
    /// By client, in the order of the house.
    pub clients: Vec<Of>,
}

/// The figures of one client, or of all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Of {
    /// Name of the client.
    pub name: String,
    /// Figure by figure.
    pub figures: Vec<Agreement>,
}

/// One figure: what really happened, and what was played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Its name, as in [`OneDay`].
    pub figure: Cow<'static, str>,
    /// What really happened.
    pub real: Option<f64>,
    /// Mean over the replications.
    pub mean: Option<f64>,
    /// Half of the 95 % interval of that mean: how well the simulator knows its own answer.
    pub half_width_95: Option<f64>,
    /// Half of the interval in which 95 of 100 such stretches lie: how far a real one may be away.
    pub spread_95: Option<f64>,
    /// Whether what really happened lies in that spread. A floor that was played otherwise than it
    /// was need not agree.
    pub agrees: Option<bool>,
}

/// Plays a scenario as often as it says, on so many cores. `stop` is asked between replications; what
/// is done then counts.
///
/// # Errors
/// A scenario that the router refuses; a stretch that is no whole number of quarters of an hour.
pub fn play(
    scenario: &Scenario,
    real: &[OneDay],
    cores: Option<NonZeroUsize>,
    stop: &(dyn Fn(u32) -> bool + Sync),
) -> Result<Played, Vec<Fault>> {
    let floor = Floor::new(scenario)?;
    let run = &scenario.run;
    let until = Timestamp::from_micros(run.start.micros() + run.length_us);
    let span = Span { from: run.start, until };
    let too_long = |error: figures::QueryError| {
        let message = domain::words!("{}.", error);
        vec![Fault::new("from", "not_a_stretch", message, "Choose fewer days.")]
    };
    report(span, &run.zone).map_err(too_long)?;
    let clients: Vec<ClientId> = (0..scenario.clients.len()).map(client_id).collect();
    let cores = cores.or_else(|| std::thread::available_parallelism().ok());
    let cores = cores.map_or(1, NonZeroUsize::get).min(run.replications.max(1) as usize);
    let (next, done, enough) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
    // Each worker hands over a few numbers: there is room for all of them.
    let (words, heard) = mpsc::sync_channel(run.replications as usize + cores);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            let words = words.clone();
            let (floor, clients, next, done, enough) = (&floor, &clients, &next, &done, &enough);
            scope.spawn(move || {
                loop {
                    let replication = next.fetch_add(1, Ordering::Relaxed);
                    if replication >= run.replications || enough.load(Ordering::Relaxed) {
                        return;
                    }
                    let Ok(mut book) = report(span, &run.zone) else { return };
                    listen(floor, replication, &mut |stamped| book.apply(stamped));
                    let word = (replication, days(book, until, clients));
                    if words.send(word).is_err() || stop(done.fetch_add(1, Ordering::Relaxed) + 1) {
                        enough.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    drop(words);
    let mut days: Vec<(u32, Vec<OneDay>)> = heard.into_iter().collect();
    days.sort_by_key(|(replication, _)| *replication);
    let of = |place: usize, name: &str| Of {
        name: name.to_owned(),
        figures: figures(real.get(place), days.iter().filter_map(|(_, day)| day.get(place))),
    };
    let clients = scenario.clients.iter().enumerate();
    Ok(Played {
        replications: days.len() as u32,
        seed: run.seed,
        interrupted: (days.len() as u32) < run.replications,
        all: of(0, "all"),
        clients: clients.map(|(at, client)| of(at + 1, &client.name)).collect(),
    })
}

fn figures<'a>(
    real: Option<&OneDay>,
    days: impl Iterator<Item = &'a OneDay> + Clone,
) -> Vec<Agreement> {
    let names = OneDay::default().each();
    names
        .iter()
        .enumerate()
        .map(|(at, (figure, _))| {
            let values: Vec<f64> = days.clone().filter_map(|day| day.each()[at].1).collect();
            let n = values.len() as f64;
            let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / n);
            let deviation = mean.filter(|_| values.len() > 1).map(|mean| {
                let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
                (squares / (n - 1.0)).sqrt()
            });
            let t = quantile_975(values.len().saturating_sub(1));
            let half_width_95 = deviation.map(|deviation| t * deviation / n.sqrt());
            let spread_95 = deviation.map(|deviation| t * deviation * (1.0 + 1.0 / n).sqrt());
            let real = real.and_then(|real| real.each()[at].1);
            let agrees = match (real, mean, spread_95) {
                // Sums of thousands of spans are equal up to their last bits.
                (Some(real), Some(mean), Some(spread)) => {
                    Some((real - mean).abs() <= spread + 1e-9 * real.abs())
                }
                _ => None,
            };
            Agreement {
                figure: Cow::Borrowed(*figure),
                real,
                mean,
                half_width_95,
                spread_95,
                agrees,
            }
        })
        .collect()
}
