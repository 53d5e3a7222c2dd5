//! The two databases behind one small face: concrete sqlx pools in an enum, SQL with `$1` placeholders, arguments as values.
//!
//! One text of SQL serves both; what differs is here: how a transaction begins, how a row is locked, and how the clock is
//! read. SQLite has one writer connection (writers queue in memory instead of polling a lock) that begins `immediate`, so
//! that whatever a write transaction read is still so when it writes. PostgreSQL runs read committed; rows that a decision
//! depends on are read with [`Tx::one_locked`], in the order request → team → submission → unit → account → quota → board → pool, which keeps
//! transactions from waiting for each other in a circle.

use std::str::FromStr;
use std::time::Duration;

use egret_contest::Micros;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::StoreError;
use crate::row::Row;

/// How long a SQLite connection waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const SQLITE_READERS: u32 = 4;
/// Readers have connections of their own, so that however many there are, a writer finds one.
const POSTGRES_WRITERS: u32 = 16;
const POSTGRES_READERS: u32 = 8;
/// And so has whoever looks whether there is work before it writes: however many read, work is handed out.
const LOOKERS: u32 = 2;
/// Statements are short, and it would take most of them longer to be compiled than to run: the heads of the queue 70 of 100 ms.
const NO_JIT: (&str, &str) = ("jit", "off");
const POSTGRES_READ: &str = "begin isolation level repeatable read read only";

#[derive(Clone, Debug)]
pub(crate) enum Db {
    Sqlite { write: SqlitePool, read: SqlitePool, look: SqlitePool },
    Postgres { write: PgPool, read: PgPool, look: PgPool },
}

/// A value bound to a placeholder.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Int(Option<i64>),
    Real(Option<f64>),
    Bool(bool),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// Arguments in placeholder order.
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$($crate::db::Arg::from($arg)),*] };
}
pub(crate) use args;

macro_rules! arg_from {
    ($($ty:ty => |$v:ident| $arg:expr;)+) => {$(
        impl From<$ty> for Arg { fn from($v: $ty) -> Self { $arg } }
    )+};
}

arg_from! {
    i64 => |v| Arg::Int(Some(v));
    u32 => |v| Arg::Int(Some(i64::from(v)));
    u64 => |v| Arg::Int(Some(i64::try_from(v).unwrap_or(i64::MAX)));
    Micros => |v| Arg::Int(Some(v.0));
    Option<Micros> => |v| Arg::Int(v.map(|at| at.0));
    Option<i64> => |v| Arg::Int(v);
    f64 => |v| Arg::Real(Some(v));
    Option<f64> => |v| Arg::Real(v);
    bool => |v| Arg::Bool(v);
    &str => |v| Arg::Text(Some(v.to_owned()));
    String => |v| Arg::Text(Some(v));
    Option<String> => |v| Arg::Text(v);
    Option<&str> => |v| Arg::Text(v.map(str::to_owned));
    &[u8] => |v| Arg::Bytes(Some(v.to_vec()));
    Vec<u8> => |v| Arg::Bytes(Some(v));
    Option<Vec<u8>> => |v| Arg::Bytes(v);
}

/// Ids bind as their text.
macro_rules! arg_from_id {
    ($($id:ident),+) => {$(
        impl From<&egret_contest::$id> for Arg {
            fn from(id: &egret_contest::$id) -> Self { Arg::Text(Some(id.as_str().to_owned())) }
        }
        impl From<Option<&egret_contest::$id>> for Arg {
            fn from(id: Option<&egret_contest::$id>) -> Self { Arg::Text(id.map(|id| id.as_str().to_owned())) }
        }
    )+};
}
arg_from_id!(
    CompetitionId,
    PhaseId,
    TaskId,
    TeamId,
    PoolId,
    UserId,
    TokenId,
    InviteId,
    UploadId,
    SubmissionId,
    EvaluationId,
    UnitId,
    Sha256Hex
);

impl Db {
    /// Connects and migrates.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?.options([NO_JIT]);
            let pool = |connections| PgPoolOptions::new().max_connections(connections);
            let write = pool(POSTGRES_WRITERS).connect_with(options.clone()).await?;
            sqlx::migrate!("migrations/postgres").run(&write).await.map_err(sqlx::Error::from)?;
            let read = pool(POSTGRES_READERS).connect_with(options.clone()).await?;
            let look = pool(LOOKERS).connect_lazy_with(options);
            return Ok(Self::Postgres { write, read, look });
        }
        if !url.starts_with("sqlite:") {
            return Err(StoreError::Invalid("the database URL must start with sqlite: or postgres:".into()));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A receipt promises that the submission survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true);
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite").run(&write).await.map_err(sqlx::Error::from)?;
        let options = options.read_only(true);
        let read =
            SqlitePoolOptions::new().max_connections(SQLITE_READERS).connect_with(options.clone()).await?;
        let look = SqlitePoolOptions::new().max_connections(LOOKERS).connect_lazy_with(options);
        Ok(Self::Sqlite { write, read, look })
    }

    /// Begins a transaction that will write.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("begin immediate").await?),
            Self::Postgres { write, .. } => Tx::Postgres(write.begin().await?),
        })
    }

    /// Begins a transaction that reads one snapshot.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres { read, .. } => Tx::Postgres(read.begin_with(POSTGRES_READ).await?),
        })
    }

    /// The same for a short look at the work ledger, on a connection that no other reader has.
    pub async fn look(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { look, .. } => Tx::Sqlite(look.begin().await?),
            Self::Postgres { look, .. } => Tx::Postgres(look.begin_with(POSTGRES_READ).await?),
        })
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, look } => {
                for pool in [look, read, write] {
                    pool.close().await;
                }
            }
            Self::Postgres { write, read, look } => {
                for pool in [look, read, write] {
                    pool.close().await;
                }
            }
        }
    }
}

/// A transaction; dropping it rolls back.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

macro_rules! bound {
    ($arguments:ty, $args:expr) => {{
        use sqlx::Arguments;
        let mut bound = <$arguments>::default();
        for arg in $args {
            match arg {
                Arg::Int(v) => bound.add(v),
                Arg::Real(v) => bound.add(v),
                Arg::Bool(v) => bound.add(v),
                Arg::Text(v) => bound.add(v),
                Arg::Bytes(v) => bound.add(v),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        bound
    }};
}

impl Tx {
    /// All rows.
    pub async fn rows(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Self::Sqlite(tx) => {
                let rows: Vec<SqliteRow> =
                    sqlx::query_with(sql, bound!(SqliteArguments, args)).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(tx) => {
                let rows: Vec<PgRow> =
                    sqlx::query_with(sql, bound!(PgArguments, args)).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row, if there is one.
    pub async fn one(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// The first row, locked to the end of the transaction. SQLite's write transaction has locked everything already.
    pub async fn one_locked(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        self.one_with_suffix(sql, " for update", args).await
    }

    /// The first row, which nobody else changes to the end of the transaction; rows that refer to it may still be written.
    pub async fn one_held(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        self.one_with_suffix(sql, " for no key update", args).await
    }

    /// All rows, locked one after the other: the order of the text is the order of the locks.
    pub async fn rows_locked(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(_) => self.rows(sql, args).await,
            Self::Postgres(tx) => {
                // Both parts are constants of this crate.
                let sql = AssertSqlSafe(format!("{sql} for update"));
                let rows = sqlx::query_with(sql, bound!(PgArguments, args)).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row that nobody has locked.
    pub async fn one_unlocked(
        &mut self,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<Option<Row>, StoreError> {
        self.one_with_suffix(sql, " for update skip locked", args).await
    }

    async fn one_with_suffix(
        &mut self,
        sql: &'static str,
        suffix: &'static str,
        args: Vec<Arg>,
    ) -> Result<Option<Row>, StoreError> {
        match self {
            Self::Sqlite(_) => self.one(sql, args).await,
            Self::Postgres(tx) => {
                // Both parts are constants of this crate.
                let sql = AssertSqlSafe(format!("{sql}{suffix}"));
                let row = sqlx::query_with(sql, bound!(PgArguments, args)).fetch_optional(&mut **tx).await?;
                Ok(row.map(Row::Postgres))
            }
        }
    }

    /// Runs a statement and returns how many rows it changed.
    pub async fn run(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(tx) => {
                sqlx::query_with(sql, bound!(SqliteArguments, args)).execute(&mut **tx).await?.rows_affected()
            }
            Self::Postgres(tx) => {
                sqlx::query_with(sql, bound!(PgArguments, args)).execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    /// Inserts; a key that is taken is `AlreadyExists(noun)`, and a parent that is not there is not found.
    pub async fn insert(
        &mut self,
        noun: &'static str,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<(), StoreError> {
        match self.run(sql, args).await {
            Ok(_) => Ok(()),
            Err(StoreError::Database(sqlx::Error::Database(e))) if e.is_unique_violation() => {
                Err(StoreError::AlreadyExists(noun))
            }
            Err(StoreError::Database(sqlx::Error::Database(e))) if e.is_foreign_key_violation() => {
                Err(StoreError::NotFound("parent"))
            }
            Err(e) => Err(e),
        }
    }

    /// The database's clock at this moment, not at the transaction's start.
    pub async fn clock(&mut self) -> Result<Micros, StoreError> {
        let sql = match self {
            Self::Sqlite(_) => "select cast(unixepoch('subsec') * 1000000 as integer) as now",
            Self::Postgres(_) => {
                "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) as now"
            }
        };
        self.one(sql, vec![]).await?.ok_or(StoreError::Corrupt("no clock"))?.at("now")
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
