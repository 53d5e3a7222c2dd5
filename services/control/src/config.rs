//! What the operator decides about a control plane.

use std::path::PathBuf;

use egret_contest::PoolId;
use egret_store::StoreLimits;

/// Everything a control plane needs; the caller reads it from files, environment and flags.
#[derive(Debug, Clone)]
pub struct ControlConfig {
    /// Blobs and staged uploads live here.
    pub data_dir: PathBuf,
    /// `sqlite://PATH` or `postgres://…`.
    pub database_url: String,
    /// The worker pools that test sets can be sealed to.
    pub pools: Vec<PoolConfig>,
    /// Limits of the store.
    pub limits: StoreLimits,
}

/// A worker pool: its public half.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// Its id.
    pub id: PoolId,
    /// age X25519 recipient, `age1…`.
    pub recipient: String,
}

/// Certificate chain and key, PEM.
#[derive(Clone)]
pub struct Tls {
    /// The chain, leaf first.
    pub certificate: Vec<u8>,
    /// The private key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls { .. }")
    }
}
