//! Many replications, on as many cores as one likes, with the same result.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
};

use domain::Fault;

use super::{
    drive::{Drive, Ear, Ended},
    floor::Floor,
    outcome::Outcome,
    parse::REPLICATIONS_MAX,
    scenario::Scenario,
    sums::{Sums, figures},
    tell::{Book, Told},
};

/// Stretches of a replication: enough for an interval when there is but one.
const BATCHES: usize = 30;
/// With more clients and groups than this fewer stretches are kept: they would fill the memory.
const ENTITIES_MANY: usize = 2_000;
const BATCHES_OF_MANY: usize = 10;
/// A precision is believed after so many replications at the earliest.
const REPLICATIONS_MIN: usize = 5;

/// How to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// On so many cores; `None` for all there are.
    pub cores: Option<NonZeroUsize>,
    /// Go on until the 95 % interval of every client's `sl_offered` is at most so much wide on each
    /// side; then the replications of the scenario are the least, and 100,000 the most.
    pub until_half_width: Option<f64>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Replications that are done.
    pub done: u32,
    /// How many there will be; `None` when that depends on what comes out.
    pub of: Option<u32>,
    /// Of the first replication, 0 to 1: for scenarios of which one takes long.
    pub first: f64,
    /// The widest half-width of a client's `sl_offered` so far.
    pub half_width: Option<f64>,
}

/// Watches a run.
pub trait Watch: Sync {
    /// Hears how far it is; from one thread at a time, often.
    fn progress(&self, _progress: Progress) {}

    /// Whether to stop and give what there is.
    fn stop(&self) -> bool {
        false
    }
}

/// Nobody watches.
impl Watch for () {}

/// What a worker hands over.
enum Word {
    Replication(u32, Book, Ended),
    FirstSoFar(f64),
}

/// Runs the scenario.
///
/// Replications run side by side and are added up in their order, and each stops by its own virtual
/// time: the same scenario and seed give the same result, to the byte, on any number of cores. When
/// the watcher stops the run, the replications that are done count; if that is none, the stretches of
/// the first that are over.
///
/// # Errors
/// A scenario that the router refuses.
pub fn simulate(
    scenario: &Scenario,
    options: Options,
    watch: &dyn Watch,
) -> Result<Outcome, Vec<Fault>> {
    let floor = Floor::new(scenario)?;
    let cores = options.cores.or_else(|| std::thread::available_parallelism().ok());
    let cores = cores.map_or(1, NonZeroUsize::get);
    let wanted = scenario.run.replications;
    let most = if options.until_half_width.is_some() { REPLICATIONS_MAX } else { wanted };
    let entities = scenario.clients.len() + scenario.groups.len();
    let batches = if entities > ENTITIES_MANY { BATCHES_OF_MANY } else { BATCHES };
    let next = AtomicU32::new(0);
    let enough = AtomicBool::new(false);
    // A replication or two for each worker may wait to be added up; then the workers wait.
    let (words, heard) = mpsc::sync_channel::<Word>(2 * cores);

    let mut done: Vec<Book> = Vec::new();
    let mut stopped: Option<Book> = None;
    std::thread::scope(|scope| {
        for _ in 0..cores.min(most as usize) {
            let (words, floor, next, enough) = (words.clone(), &floor, &next, &enough);
            scope.spawn(move || {
                loop {
                    let replication = next.fetch_add(1, Ordering::Relaxed);
                    if replication >= most || enough.load(Ordering::Relaxed) {
                        return;
                    }
                    let drive = Drive::new(floor, replication, batches, false);
                    let stop = || enough.load(Ordering::Relaxed) || watch.stop();
                    let told = |far: f64| {
                        if replication == 0 {
                            // Lost when the collector is busy: the next one tells more.
                            let _ = words.try_send(Word::FirstSoFar(far));
                        }
                    };
                    let (teller, ended) = drive.run(stop, told);
                    let book = teller.stretches(ended);
                    if words.send(Word::Replication(replication, book, ended)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(words);
        collect(&heard, scenario, options, watch, &enough, &mut done, &mut stopped);
    });

    let interrupted = stopped.is_some();
    Ok(Outcome::of(scenario, stretches(done, stopped), interrupted))
}

/// Adds replications up in their order until there are enough.
fn collect(
    heard: &mpsc::Receiver<Word>,
    scenario: &Scenario,
    options: Options,
    watch: &dyn Watch,
    enough: &AtomicBool,
    done: &mut Vec<Book>,
    stopped: &mut Option<Book>,
) {
    let wanted = scenario.run.replications;
    let mut early: BTreeMap<u32, Book> = BTreeMap::new();
    let mut sums: Vec<Vec<Sums>> = vec![Vec::new(); scenario.clients.len()];
    let mut progress = Progress {
        of: options.until_half_width.is_none().then_some(wanted),
        ..Progress::default()
    };
    while let Ok(word) = heard.recv() {
        match word {
            Word::FirstSoFar(far) => progress.first = far,
            // What comes after enough has been seen belongs to no result.
            Word::Replication(..) if enough.load(Ordering::Relaxed) && stopped.is_none() => {}
            Word::Replication(replication, book, Ended::Stopped(_)) => {
                enough.store(true, Ordering::Relaxed);
                if replication == 0 || stopped.is_none() {
                    *stopped = Some(if replication == 0 { book } else { Book::default() });
                }
            }
            Word::Replication(replication, book, Ended::Over) => {
                early.insert(replication, book);
                while let Some(book) = early.remove(&(done.len() as u32)) {
                    let (clients, _) = book.whole();
                    for (to, from) in sums.iter_mut().zip(clients) {
                        to.push(from);
                    }
                    done.push(book);
                    progress.first = 1.0;
                    progress.done = done.len() as u32;
                    progress.half_width = widest(&sums);
                    let least = REPLICATIONS_MIN.max(wanted as usize);
                    if let (Some(wish), Some(widest)) =
                        (options.until_half_width, progress.half_width)
                        && done.len() >= least
                        && widest <= wish
                    {
                        enough.store(true, Ordering::Relaxed);
                        break;
                    }
                }
            }
        }
        watch.progress(progress);
    }
}

/// The widest interval of a client's `sl_offered`.
fn widest(by_client: &[Vec<Sums>]) -> Option<f64> {
    let widths = by_client.iter().filter_map(|sums| figures(sums).sl_offered.half_width_95);
    widths.fold(None, |widest, width| Some(widest.map_or(width, |widest: f64| widest.max(width))))
}

/// By client and by group, the stretches that the figures are made of: whole replications, or the
/// batches of the only one.
pub(crate) struct Stretches {
    pub clients: Vec<Vec<Sums>>,
    pub groups: Vec<Vec<Sums>>,
    pub replications: u32,
}

fn stretches(done: Vec<Book>, stopped: Option<Book>) -> Stretches {
    let turned = |rows: Vec<Vec<Sums>>| {
        let width = rows.first().map_or(0, Vec::len);
        (0..width).map(|at| rows.iter().map(|row| row[at]).collect()).collect()
    };
    let replications = done.len() as u32;
    let single = match (done.len(), stopped) {
        (0, Some(book)) => Some(book),
        (1, _) => done.first().cloned(),
        _ => None,
    };
    if let Some(book) = single {
        return Stretches {
            clients: turned(book.clients),
            groups: turned(book.groups),
            replications,
        };
    }
    let (clients, groups): (Vec<_>, Vec<_>) = done.iter().map(Book::whole).unzip();
    Stretches { clients: turned(clients), groups: turned(groups), replications }
}

/// What became of each contact that counts in one replication, in the order in which it became so.
///
/// # Errors
/// A scenario that the router refuses.
pub fn trace(scenario: &Scenario, replication: u32) -> Result<Vec<Told>, Vec<Fault>> {
    let floor = Floor::new(scenario)?;
    let (teller, ended) = Drive::new(&floor, replication, 1, true).run(|| false, |_| {});
    Ok(teller.stretches(ended).trace)
}

/// Plays one replication, heard event by event: what the journal would hold, for whoever reads
/// journals. It is the replication that [`simulate`] plays under this number.
pub(crate) fn listen(floor: &Floor<'_>, replication: u32, ear: Ear<'_>) -> Book {
    let drive = Drive::new(floor, replication, 1, false).heard_by(ear);
    let (teller, ended) = drive.run(|| false, |_| {});
    teller.stretches(ended)
}

/// Plays one replication and counts it in so many stretches; `None` when it was stopped.
pub(crate) fn book(
    floor: &Floor<'_>,
    replication: u32,
    stretches: usize,
    stop: &dyn Fn() -> bool,
) -> Option<Book> {
    let drive = Drive::new(floor, replication, stretches, false);
    let (teller, ended) = drive.run(stop, |_| {});
    (ended == Ended::Over).then(|| teller.stretches(ended))
}

/// The outcome of replications that were played one by one, in their order.
pub(crate) fn outcome(scenario: &Scenario, books: Vec<Book>) -> Outcome {
    Outcome::of(scenario, stretches(books, None), false)
}
