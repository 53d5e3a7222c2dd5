//! Why the store did not do as asked.

use egret_contest::{BlobRef, Refusal, Sha256Hex};

use crate::BlobError;

/// Why the store did not do as asked. Everything but the last three is the caller's to explain to a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The id is taken.
    #[error("this {0} exists already")]
    AlreadyExists(&'static str),
    /// A rule of the contest says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The request id was used with another payload.
    #[error("this request id was used for another request")]
    RequestReused,
    /// The fence is not the current lease's: drop the work.
    #[error("the lease was lost")]
    LeaseLost,
    /// The result does not fit the unit it was sent for.
    #[error("{0}")]
    WrongResult(&'static str),
    /// What is to be stored breaks a rule; a phrase for people.
    #[error("{0}")]
    Invalid(String),
    /// A blob that is referred to was not uploaded, or has another size.
    #[error("blob {} of {} bytes was not uploaded", .0.sha256, .0.bytes)]
    MissingBlob(BlobRef),
    /// Chunks must continue at the committed size.
    #[error("the upload continues at byte {committed_bytes}")]
    WrongOffset {
        /// Where it continues.
        committed_bytes: u64,
    },
    /// More bytes came than were declared. The upload is gone.
    #[error("the upload is longer than the {size_bytes} bytes declared")]
    TooLong {
        /// The declared size.
        size_bytes: u64,
    },
    /// The bytes have another digest than declared. The upload is gone.
    #[error("the bytes have SHA-256 {found}, not the declared {declared}")]
    WrongDigest {
        /// What was declared.
        declared: Sha256Hex,
        /// What came.
        found: Sha256Hex,
    },
    /// Another stream is writing this upload.
    #[error("another stream is writing this upload")]
    UploadBusy,
    /// The cursor is not one of this list.
    #[error("the page token is not of this list")]
    BadCursor,
    /// Bytes could not be kept or read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A row does not read as what was written.
    #[error("corrupt row: {0}")]
    Corrupt(&'static str),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}
