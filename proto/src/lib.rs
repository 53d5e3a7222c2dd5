//! The wire: `egret.v1` for people and programs, `egret.worker.v1` for our own workers. Generated from the protos beside
//! this crate by protox at build time; written by hand are the limits
//! both sides agree on, the way between contracts on the wire and those everybody computes with ([`contract`]), and when a phase's
//! moments come (`phase_times`).
#![allow(missing_docs, clippy::all, clippy::pedantic)]

/// Largest data chunk of a stream, either way.
pub const CHUNK_BYTES_MAX: usize = 1 << 20;
/// Largest gRPC message either side decodes: a chunk, or a page of resources, with its framing.
pub const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Largest message on the worker port: a sealed partial state and sealed outcomes travel whole, each of at most 64 MiB.
pub const WORKER_MESSAGE_BYTES_MAX: usize = 136 << 20;

/// `FileDescriptorSet` of every service, for reflection and for tests that walk the API.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

#[warn(missing_docs, clippy::all, clippy::pedantic)]
pub mod contract;
#[warn(missing_docs, clippy::all, clippy::pedantic)]
mod phase_times;

pub mod v1 {
    tonic::include_proto!("egret.v1");
}

pub mod worker {
    pub mod v1 {
        tonic::include_proto!("egret.worker.v1");
    }
}
