//! Keys. One age X25519 identity per pool opens what is sealed to the pool; one per test set version is its data key,
//! and travels sealed to each pool. An age file does not say whom it is for, so nobody without a key learns even that.

use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::iter;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use age::{Decryptor, Encryptor};
use zeroize::Zeroizing;

use crate::OpenError;

/// Bytes of a file that holds an identity.
const IDENTITY_FILE_BYTES_MAX: u64 = 4096;
/// Bytes of a wrapped data key.
const WRAPPED_KEY_BYTES_MAX: usize = 4096;

/// A worker pool's secret. Whoever has it opens every test set sealed to the pool. Wiped from memory when dropped.
pub struct PoolIdentity(Identity);

impl PoolIdentity {
    /// A new one, from the operating system's randomness.
    pub fn generate() -> Self {
        Self(Identity::generate())
    }

    /// Reads a file made by [`PoolIdentity::save`], or by `age-keygen`. Refuses one that everybody can read.
    pub fn load(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.permissions().mode() & 0o007 != 0 {
            let what = "a pool's identity must not be readable by everybody; run chmod 600 on it";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
        }
        // Room for all of it: growing would leave copies behind that nobody wipes.
        let mut text = Zeroizing::new(String::with_capacity(IDENTITY_FILE_BYTES_MAX as usize));
        file.take(IDENTITY_FILE_BYTES_MAX).read_to_string(&mut text)?;
        let secret = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let identity = secret.and_then(|secret| Identity::from_str(secret).ok());
        identity
            .map(Self)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an age X25519 identity"))
    }

    /// Writes a new file that only its owner can read. An existing file is never overwritten.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        // The umask may have taken more away than we ask for; what is left must be exactly this.
        file.set_permissions(Permissions::from_mode(0o600))?;
        let secret = self.0.to_string();
        write!(file, "# public key: {}\n{}\n", self.recipient(), secret.expose_secret())?;
        file.sync_all()
    }

    /// The public key, `age1…`.
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// Opens what [`seal_to_pool`] made.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        // What is opened is never longer than what was sealed; a key among it is not copied by growing.
        let mut plain = Vec::with_capacity(sealed.len());
        decrypt(&self.0, sealed)?.read_to_end(&mut plain).map_err(|_| OpenError::Damaged)?;
        Ok(plain)
    }
}

impl fmt::Debug for PoolIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PoolIdentity").field(&self.recipient()).finish()
    }
}

/// A text that is not an age X25519 recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an age X25519 recipient (`age1…`)")]
pub struct BadRecipient;

/// Seals a small message to a pool.
pub fn seal_to_pool(recipient: &str, plain: &[u8]) -> Result<Vec<u8>, BadRecipient> {
    let recipient = Recipient::from_str(recipient).map_err(|_| BadRecipient)?;
    let mut sealed = Vec::new();
    // Writing to memory does not fail.
    encrypt(&recipient, &mut sealed, |to| to.write_all(plain)).map_err(|_| BadRecipient)?;
    Ok(sealed)
}

/// Bytes of what [`seal_to_pool`] makes of so many: a header, which has a random part, and a tag for every 64 KiB.
pub(crate) fn sealed_bytes_max(plain: u64) -> u64 {
    const HEADER_BYTES_MAX: u64 = 4 << 10;
    plain.saturating_add(16 * (plain / (64 << 10) + 1)).saturating_add(HEADER_BYTES_MAX)
}

/// Why a data key is not given to a further pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RewrapError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The pool's key is none.
    #[error(transparent)]
    Recipient(#[from] BadRecipient),
}

/// Wraps a data key for a further pool, by an identity that it is wrapped for already: the organizer's own, say. The shards stay as
/// they are.
pub fn rewrap(identity: &PoolIdentity, wrapped: &[u8], recipient: &str) -> Result<Vec<u8>, RewrapError> {
    Ok(DataKey::unwrap(identity, wrapped)?.wrap(recipient)?)
}

/// The secret of one test set version. Wiped from memory when dropped.
pub struct DataKey(Identity);

impl DataKey {
    /// A new one, from the operating system's randomness.
    pub(crate) fn generate() -> Self {
        Self(Identity::generate())
    }

    /// Opens a data key that was wrapped for a pool.
    pub fn unwrap(pool: &PoolIdentity, sealed: &[u8]) -> Result<Self, OpenError> {
        if sealed.len() > WRAPPED_KEY_BYTES_MAX {
            return Err(OpenError::Malformed("the wrapped key is too long"));
        }
        let plain = Zeroizing::new(pool.open(sealed)?);
        let text = std::str::from_utf8(&plain).map_err(|_| OpenError::Malformed("not a data key"))?;
        Identity::from_str(text).map(Self).map_err(|_| OpenError::Malformed("not a data key"))
    }

    /// Wraps the key for a pool. The shards stay as they are.
    pub(crate) fn wrap(&self, pool_recipient: &str) -> Result<Vec<u8>, BadRecipient> {
        seal_to_pool(pool_recipient, self.0.to_string().expose_secret().as_bytes())
    }

    /// The secret itself.
    pub(crate) fn secret(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_string().expose_secret().as_bytes().to_vec())
    }

    /// Seals what `write` writes.
    pub(crate) fn seal<W: Write>(
        &self,
        to: W,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<W> {
        encrypt(&self.0.to_public(), to, write)
    }

    /// A reader of the plaintext.
    pub(crate) fn open<'a>(&self, sealed: impl Read + 'a) -> Result<impl Read + 'a, OpenError> {
        decrypt(&self.0, sealed)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

fn encrypt<W: Write>(
    recipient: &Recipient,
    to: W,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<W> {
    let recipient: &dyn age::Recipient = recipient;
    let encryptor = Encryptor::with_recipients(iter::once(recipient)).map_err(io::Error::other)?;
    let mut stream = encryptor.wrap_output(to)?;
    write(&mut stream)?;
    stream.finish()
}

fn decrypt<'a, R: Read + 'a>(identity: &Identity, sealed: R) -> Result<impl Read + use<'a, R>, OpenError> {
    // Larger than age's own pieces, so that they pass through without being copied here.
    let sealed = io::BufReader::with_capacity(32 << 10, sealed);
    let decryptor = Decryptor::new_buffered(sealed).map_err(|_| OpenError::Damaged)?;
    let identity: &dyn age::Identity = identity;
    decryptor.decrypt(iter::once(identity)).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => OpenError::Key,
        _ => OpenError::Damaged,
    })
}
