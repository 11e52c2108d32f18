//! What goes wrong with a store, sorted by what somebody can do about it.

use std::{borrow::Cow, sync::Arc};

/// A failure of the store. "There is none" is never one: that is `Ok(None)`.
///
/// It can be cloned, since units of work that shared a transaction share its failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The address of the store cannot be used; nothing was opened.
    #[error("the store `{address}` cannot be opened: {why}")]
    Refused {
        /// The address, without a password.
        address: String,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// A migration cannot be applied; the database is as it was before it.
    #[error("migration {number:04}: {why}")]
    Migration {
        /// Number of the migration.
        number: i64,
        /// What is wrong and what to do.
        why: String,
    },
    /// The database does not answer, or broke off. The outcome of a write may be unknown.
    #[error("the database does not answer; the work can be tried again when it is back")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// The disk or the database's own limit is full. Nothing of the work was kept.
    #[error(
        "the disk of the database is full; free space or move the database, then try again: \
         nothing of this work was kept"
    )]
    Full(#[source] Arc<sqlx::Error>),
    /// Somebody else holds the row or the database; the work can be tried again at once.
    #[error("the database is busy with other work; try again")]
    Busy(#[source] Arc<sqlx::Error>),
    /// A value that must be unique is taken.
    #[error("`{constraint}` must be unique, and this value is taken")]
    Conflict {
        /// Table and columns joined by `_`, the same on both engines: `app_user_login`.
        constraint: String,
    },
    /// The row refers to one that is not there (or belongs to another client).
    #[error("the row refers to one that does not exist here: {constraint}")]
    MissingReference {
        /// Name of the constraint where the engine tells it.
        constraint: String,
    },
    /// Somebody changed the record since it was read.
    #[error("{what} was changed meanwhile; read it again and repeat the change")]
    Stale {
        /// What was changed.
        what: &'static str,
    },
    /// What is stored is not what was written. Nothing is guessed from it.
    #[error("{what} is damaged: {why}; restore it from a backup")]
    Corrupt {
        /// What is damaged.
        what: Cow<'static, str>,
        /// How it shows.
        why: String,
    },
    /// A statement failed for a reason that is a fault of this program.
    #[error("the database refused a statement")]
    Query(#[source] Arc<sqlx::Error>),
    /// The program is stopping and the work was not begun or not finished.
    #[error("the program is stopping; the work was not done")]
    Stopping,
}

impl StoreError {
    /// What is stored does not read back.
    pub(crate) fn corrupt(what: impl Into<Cow<'static, str>>, why: impl ToString) -> Self {
        Self::Corrupt { what: what.into(), why: why.to_string() }
    }

    /// Whether the same work may succeed later without anybody changing it.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_) | Self::Busy(_))
    }

    /// Whether a uniqueness rule of `constraint` (table and columns joined by `_`) refused it.
    pub fn is_conflict_of(&self, constraint: &str) -> bool {
        matches!(self, Self::Conflict { constraint: c } if c == constraint)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(db) => {
                if db.is_unique_violation() {
                    return Self::Conflict { constraint: constraint_of(db.as_ref()) };
                }
                if db.is_foreign_key_violation() {
                    return Self::MissingReference { constraint: constraint_of(db.as_ref()) };
                }
                match class_of(db.as_ref()) {
                    Class::Full => Self::Full(Arc::new(error)),
                    Class::Busy => Self::Busy(Arc::new(error)),
                    Class::Unavailable => Self::Unavailable(Arc::new(error)),
                    Class::Corrupt => Self::corrupt("the database file", db.message()),
                    Class::Other => Self::Query(Arc::new(error)),
                }
            }
            E::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => {
                Self::Full(Arc::new(error))
            }
            E::Io(_)
            | E::Tls(_)
            | E::Protocol(_)
            | E::PoolTimedOut
            | E::PoolClosed
            | E::WorkerCrashed
            | E::BeginFailed => Self::Unavailable(Arc::new(error)),
            _ => Self::Query(Arc::new(error)),
        }
    }
}

enum Class {
    Full,
    Busy,
    Unavailable,
    Corrupt,
    Other,
}

/// SQLite's result codes (the low byte is the primary code), or PostgreSQL's SQLSTATE.
fn class_of(error: &dyn sqlx::error::DatabaseError) -> Class {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return match code.parse::<i32>().unwrap_or(0) & 0xff {
            13 => Class::Full,                 // SQLITE_FULL
            5 | 6 => Class::Busy,              // SQLITE_BUSY, SQLITE_LOCKED
            8 | 10 | 14 => Class::Unavailable, // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
            11 | 26 => Class::Corrupt,         // SQLITE_CORRUPT, SQLITE_NOTADB
            _ => Class::Other,
        };
    }
    match code.as_ref() {
        "53100" => Class::Full,                     // disk_full
        "40001" | "40P01" | "55P03" => Class::Busy, // serialization, deadlock, lock_not_available
        c if c.starts_with("XX") => Class::Corrupt, // internal error, data_corrupted
        c if ["08", "53", "57", "58"].iter().any(|class| c.starts_with(class)) => {
            Class::Unavailable
        }
        _ => Class::Other,
    }
}

/// PostgreSQL names the constraint; SQLite names `table.column, table.column` in its message.
fn constraint_of(error: &dyn sqlx::error::DatabaseError) -> String {
    if let Some(name) = error.constraint() {
        return name.to_owned();
    }
    let Some((_, columns)) = error.message().split_once(": ") else {
        return error.message().to_owned();
    };
    let mut name = String::new();
    for column in columns.split(", ") {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if name.is_empty() {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name
}
