//! The closed list of column types that both engines share, and their way in and out.
//!
//! Numbers are `BIGINT`, instants microseconds of UTC in a `BIGINT`, ids 16 bytes, documents JSON in
//! `TEXT`. Decimals, zoned times, arrays and sequences are not portable and not used.

use std::time::Duration;

use domain::Timestamp;
use sqlx::{Arguments, Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::StoreError;

/// A value bound to `$n`. The type stays with a `NULL`, because PostgreSQL asks for it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Bool(Option<bool>),
    Real(Option<f64>),
}

pub(crate) fn sqlite_arguments(
    values: Vec<Value>,
) -> Result<sqlx::sqlite::SqliteArguments, sqlx::Error> {
    let mut arguments = sqlx::sqlite::SqliteArguments::default();
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            Value::Text(v) => arguments.add(v),
            Value::Bytes(v) => arguments.add(v),
            Value::Bool(v) => arguments.add(v),
            Value::Real(v) => arguments.add(v),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(crate) fn pg_arguments(values: Vec<Value>) -> Result<sqlx::postgres::PgArguments, sqlx::Error> {
    let mut arguments = sqlx::postgres::PgArguments::default();
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            Value::Text(v) => arguments.add(v),
            Value::Bytes(v) => arguments.add(v),
            Value::Bool(v) => arguments.add(v),
            Value::Real(v) => arguments.add(v),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// A row of either engine, read by column name.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Pg(PgRow),
}

macro_rules! read_as {
    ($($name:ident: $t:ty;)*) => {$(
        fn $name(&self, column: &str) -> Result<Option<$t>, StoreError> {
            let read = match self {
                Self::Sqlite(row) => row.try_get::<Option<$t>, _>(column),
                Self::Pg(row) => row.try_get::<Option<$t>, _>(column),
            };
            Ok(read?)
        }
    )*};
}

impl Row {
    read_as! { int: i64; text: String; bytes: Vec<u8>; boolean: bool; real: f64; }

    /// The value of a column.
    pub(crate) fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        T::read(self, column)
    }
}

/// A Rust type that fits one column.
pub(crate) trait Column: Sized {
    /// The value to bind.
    fn value(self) -> Value;
    /// The value of `NULL` of this type.
    fn null() -> Value;
    /// Reads the column, `None` for `NULL`.
    fn read_option(row: &Row, column: &str) -> Result<Option<Self>, StoreError>;
    /// Reads the column; `NULL` where none may be is damage.
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        Self::read_option(row, column)?
            .ok_or_else(|| StoreError::corrupt(format!("column {column}"), "it holds no value"))
    }
}

impl<T: Column> Column for Option<T> {
    fn value(self) -> Value {
        self.map_or_else(T::null, T::value)
    }
    fn null() -> Value {
        T::null()
    }
    fn read_option(row: &Row, column: &str) -> Result<Option<Self>, StoreError> {
        T::read_option(row, column).map(Some)
    }
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        T::read_option(row, column)
    }
}

macro_rules! plain {
    ($($t:ty => $variant:ident, $read:ident;)*) => {$(
        impl Column for $t {
            fn value(self) -> Value {
                Value::$variant(Some(self))
            }
            fn null() -> Value {
                Value::$variant(None)
            }
            fn read_option(row: &Row, column: &str) -> Result<Option<Self>, StoreError> {
                row.$read(column)
            }
        }
    )*};
}
plain! {
    i64 => Int, int;
    String => Text, text;
    Vec<u8> => Bytes, bytes;
    bool => Bool, boolean;
    f64 => Real, real;
}

/// Types that pass through one of the plain ones.
macro_rules! through {
    ($($t:ty => $plain:ty, |$v:ident| $to:expr, |$p:ident| $from:expr;)*) => {$(
        impl Column for $t {
            fn value(self) -> Value {
                let $v = self;
                <$plain as Column>::value($to)
            }
            fn null() -> Value {
                <$plain as Column>::null()
            }
            fn read_option(row: &Row, column: &str) -> Result<Option<Self>, StoreError> {
                let Some($p) = <$plain as Column>::read_option(row, column)? else {
                    return Ok(None);
                };
                let read: Result<Self, String> = $from;
                read.map(Some).map_err(|why| StoreError::corrupt(format!("column {column}"), why))
            }
        }
    )*};
}

fn fits<T: TryFrom<i64>>(n: i64) -> Result<T, String> {
    T::try_from(n).map_err(|_| format!("{n} is out of range"))
}

through! {
    &str => String, |v| v.to_owned(), |_p| Err("a borrowed text cannot be read".to_owned());
    u8 => i64, |v| i64::from(v), |p| fits(p);
    u16 => i64, |v| i64::from(v), |p| fits(p);
    u32 => i64, |v| i64::from(v), |p| fits(p);
    // Counts and sequence numbers; half the range is beyond any life of the program.
    u64 => i64, |v| i64::try_from(v).unwrap_or(i64::MAX), |p| fits(p);
    Timestamp => i64, |v| v.micros(), |p| Ok(Timestamp::from_micros(p));
    Duration => i64, |v| i64::try_from(v.as_micros()).unwrap_or(i64::MAX),
        |p| fits::<u64>(p).map(Duration::from_micros);
    [u8; 32] => Vec<u8>, |v| v.to_vec(),
        |p| p.try_into().map_err(|p: Vec<u8>| format!("expected 32 bytes, found {}", p.len()));
    domain::Language => String, |v| v.code().to_owned(),
        |p| p.parse().map_err(|e: domain::LanguageError| e.to_string());
    domain::EmailAddress => String, |v| v.as_str().to_owned(),
        |p| p.parse().map_err(|e: domain::EmailAddressError| e.to_string());
    domain::PhoneNumber => String, |v| v.as_str().to_owned(),
        |p| p.parse().map_err(|e: domain::PhoneNumberError| e.to_string());
    serde_json::Value => String, |v| v.to_string(),
        |p| serde_json::from_str(&p).map_err(|e| e.to_string());
}

impl Column for uuid::Uuid {
    fn value(self) -> Value {
        Value::Bytes(Some(self.as_bytes().to_vec()))
    }
    fn null() -> Value {
        Value::Bytes(None)
    }
    fn read_option(row: &Row, column: &str) -> Result<Option<Self>, StoreError> {
        let Some(bytes) = row.bytes(column)? else { return Ok(None) };
        Self::from_slice(&bytes).map(Some).map_err(|_| {
            StoreError::corrupt(
                format!("column {column}"),
                format!("expected an id of 16 bytes, found {}", bytes.len()),
            )
        })
    }
}

/// A document as it is kept.
pub(crate) fn json<T: serde::Serialize>(document: &T) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| StoreError::corrupt("a document", error))
}

/// A document as it was kept.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(
    row: &Row,
    column: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(&row.get::<String>(column)?)
        .map_err(|error| StoreError::corrupt(format!("column {column}"), error))
}

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl Column for domain::$name {
            fn value(self) -> Value {
                self.uuid().value()
            }
            fn null() -> Value {
                Value::Bytes(None)
            }
            fn read_option(row: &Row, column: &str) -> Result<Option<Self>, StoreError> {
                Ok(uuid::Uuid::read_option(row, column)?.map(Self::from_uuid))
            }
        }
    )*};
}
ids! {
    ClientId AgentId UserId ContactId QueueId PoolId TeamId SkillId SiteId CalendarId CustomerId
    ConversationId MessageId AttachmentId DispositionId WidgetId FloorId SessionId TokenId AuditId ProposalId
    TrunkId LegId RecordingId RedactionId PromptId InvoiceId DisputeId JobId MailId MailingId
    ScheduleId
}

/// The values of `$1, $2, …` in their order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Column::value($value)),*] };
}
pub(crate) use args;
