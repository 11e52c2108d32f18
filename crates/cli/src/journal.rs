//! `permanence journal cat`.

use std::io::{ErrorKind, Write};

use clap::Args;
use store::{Store, journal::print};

use crate::StoreArgs;

/// Which part of the journal.
#[derive(Debug, Args)]
pub struct CatArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// First entry printed
    #[arg(long, default_value_t = 1, value_name = "SEQ")]
    from: u64,
}

/// Prints the journal of every floor, entry by entry.
pub async fn cat(args: CatArgs) -> anyhow::Result<()> {
    let config = args.store.config(Vec::new())?;
    let store = Store::open(&config.database).await?;
    let done = print_all(&store, args.from).await;
    store.close().await;
    done
}

async fn print_all(store: &Store, from: u64) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    for floor in store.floors().await? {
        let mut reader = store.read_journal(floor, from);
        while let Some(frame) = reader.next_frame().await? {
            for (seq, line) in (frame.first_seq..).zip(print(&frame)?) {
                if seq < from {
                    continue;
                }
                if let Err(error) = writeln!(out, "{line}") {
                    // `permanence journal cat | head` is no failure.
                    return if error.kind() == ErrorKind::BrokenPipe {
                        Ok(())
                    } else {
                        Err(error.into())
                    };
                }
            }
        }
    }
    match out.flush() {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        flushed => Ok(flushed?),
    }
}
