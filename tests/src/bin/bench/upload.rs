//! A model of 200 MB over loopback, and the same bytes through the same generated code into a bare stream; and what the
//! server's memory was at its most.
//!
//! An upload counts once it is on disk and its SHA-256 holds, so the bare stream that is held against the bound does just
//! that, chunk by chunk, and nothing else. One that lets the bytes fall is shown beside, and the disk's own rate: with as
//! many cores as client and transport fill, hashing and writing cannot be hidden behind them.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use egret_proto::{
    CHUNK_BYTES_MAX,
    v1::{
        CancelUploadRequest, CancelUploadResponse, CreateUploadRequest, GetUploadRequest, Upload,
        WriteUploadRequest,
        upload::{Purpose, State},
        upload_service_client::UploadServiceClient,
        upload_service_server::{UploadService, UploadServiceServer},
    },
};
use egret_tests::{Database, Process, Site, path};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status, Streaming,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Server},
};

use crate::{
    makers,
    table::{Bound, Row, median},
};

const MODEL_BYTES: usize = 200_000_000;
const ROUNDS: u64 = 5;
const MEMORY_MB_MAX: f64 = 100.0;
/// The server's own flow-control windows, so that the sink is no slower for want of them.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 8 << 20;
const KEPT: &str = "uploads/kept";
const SINK: &str = "the sink listens at ";

/// Interleaved: sink, Egret.
pub fn run() -> Result<Vec<Row>> {
    let home = tempfile::tempdir()?;
    let (package, _) = makers::digits(home.path())?;
    // No embedded worker: the memory is the server's alone.
    let mut site = Site::start(Database::Sqlite, 0)?;
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    let token = member(&site)?;
    let mut sink = Process::start("sink", std::process::Command::new(std::env::current_exe()?).arg("sink"))?;
    let said = sink.wait_for(SINK)?;
    let address = said.split(SINK).nth(1).context("the sink tells its address")?.to_owned();

    let url = site.url();
    let seconds = tokio::runtime::Runtime::new()?.block_on(measure(url, address, token))?;
    let memory_mb = peak_memory_mb(site.server().id())?;
    let disk = (0..ROUNDS).map(|round| disk_seconds(site.scratch(), &bytes(round)));
    let disk = median(&disk.collect::<Result<Vec<_>>>()?);
    let rate = |seconds: f64| MODEL_BYTES as f64 / 1e6 / seconds;
    let [egret, keeping, falling] = seconds.map(|seconds| rate(median(&seconds)));
    let disk = rate(disk);
    Ok(vec![
        Row {
            what: "upload of 200 MB / bare tonic stream that keeps and hashes it".into(),
            egret: format!("{egret:.0} MB/s"),
            baseline: format!("{keeping:.0} MB/s"),
            figure: egret / keeping,
            bound: Bound::AtLeast(0.8),
        },
        Row {
            what: "the same / bare tonic stream that lets it fall".into(),
            egret: format!("{egret:.0} MB/s"),
            baseline: format!("{falling:.0} MB/s"),
            figure: egret / falling,
            bound: Bound::None,
        },
        Row {
            what: "the same / the disk's own write and fsync".into(),
            egret: format!("{egret:.0} MB/s"),
            baseline: format!("{disk:.0} MB/s"),
            figure: egret / disk,
            bound: Bound::None,
        },
        Row {
            what: format!("the server's memory at its most, MB, over {ROUNDS} uploads"),
            egret: format!("{memory_mb:.0} MB"),
            baseline: String::new(),
            figure: memory_mb,
            bound: Bound::Below(MEMORY_MB_MAX),
        },
    ])
}

/// The token of a new team's member, as the client has kept it.
fn member(site: &Site) -> Result<MetadataValue<Ascii>> {
    let member = site.team("digits", "bench", "Bench")?;
    let kept = fs::read_to_string(member.config().join("egret/config.toml"))?;
    let line = kept.lines().find_map(|line| line.strip_prefix("token = ")).context("no token was kept")?;
    Ok(format!("Bearer {}", line.trim_matches('"')).parse()?)
}

/// The seconds of Egret, of the stream that keeps the bytes, and of the one that lets them fall.
async fn measure(egret: String, sink: String, token: MetadataValue<Ascii>) -> Result<[Vec<f64>; 3]> {
    let mut egret = UploadServiceClient::new(Channel::from_shared(egret)?.connect().await?);
    let mut sink = UploadServiceClient::new(Channel::from_shared(sink)?.connect().await?);
    let mut seconds = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let model = bytes(round);
        let upload = Upload {
            size_bytes: model.len() as u64,
            sha256: hex::encode(Sha256::digest(&model)),
            purpose: Purpose::Model.into(),
            parent: "competitions/digits/teams/bench".into(),
            ..Upload::default()
        };
        // The sink keeps what is of a test set and lets models fall.
        let kept = Upload { purpose: Purpose::TestSet.into(), ..upload.clone() };
        seconds[2].push(send(&mut sink, &model, upload.clone(), &token, round).await?);
        seconds[1].push(send(&mut sink, &model, kept, &token, round).await?);
        seconds[0].push(send(&mut egret, &model, upload, &token, round).await?);
    }
    Ok(seconds)
}

/// Bytes that no two rounds share as a whole.
fn bytes(round: u64) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ (round + 1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..MODEL_BYTES / 8).flat_map(|_| next()).collect::<Vec<u8>>().into()
}

/// Reserves and writes; the seconds of both.
async fn send(
    service: &mut UploadServiceClient<Channel>,
    model: &Bytes,
    upload: Upload,
    token: &MetadataValue<Ascii>,
    round: u64,
) -> Result<f64> {
    let began = Instant::now();
    let reserve = CreateUploadRequest { upload: Some(upload), request_id: format!("bench-{round:032}") };
    let reserved = service.create_upload(authorized(reserve, token)).await?.into_inner();
    ensure!(reserved.state() == State::Open, "the bytes are there already");
    let opening = WriteUploadRequest { name: reserved.name, ..WriteUploadRequest::default() };
    let chunks: Vec<Bytes> = (0..model.len())
        .step_by(CHUNK_BYTES_MAX)
        .map(|from| model.slice(from..model.len().min(from + CHUNK_BYTES_MAX)))
        .collect();
    let chunks = chunks.into_iter().map(|data| WriteUploadRequest { data, ..WriteUploadRequest::default() });
    let stream = tokio_stream::iter(std::iter::once(opening).chain(chunks));
    let written = service.write_upload(authorized(stream, token)).await?.into_inner();
    ensure!(written.state() == State::Complete, "the upload ended as {written:?}");
    Ok(began.elapsed().as_secs_f64())
}

fn authorized<T>(message: T, token: &MetadataValue<Ascii>) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", token.clone());
    request
}

/// One file, written and flushed to disk where the server keeps its own.
fn disk_seconds(dir: &Path, model: &Bytes) -> Result<f64> {
    let path = dir.join("disk-rate");
    let began = Instant::now();
    let mut file = File::create(&path)?;
    for chunk in model.chunks(CHUNK_BYTES_MAX) {
        file.write_all(chunk)?;
    }
    file.sync_all()?;
    let seconds = began.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok(seconds)
}

/// The most that was ever resident.
fn peak_memory_mb(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel tells VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}

/// Serves the upload service with nothing around the stream, until it is killed.
pub fn sink() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{SINK}http://{}", listener.local_addr()?);
        Server::builder()
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .add_service(UploadServiceServer::new(Sink))
            .serve_with_incoming(TcpListenerStream::new(listener))
            .await?;
        Ok(())
    })
}

struct Sink;

#[tonic::async_trait]
impl UploadService for Sink {
    async fn create_upload(&self, request: Request<CreateUploadRequest>) -> Result<Response<Upload>, Status> {
        let upload = request.into_inner().upload.unwrap_or_default();
        let name = if upload.purpose() == Purpose::TestSet { KEPT } else { "uploads/fallen" };
        Ok(Response::new(Upload { name: name.into(), state: State::Open.into(), ..upload }))
    }

    async fn write_upload(
        &self,
        request: Request<Streaming<WriteUploadRequest>>,
    ) -> Result<Response<Upload>, Status> {
        let (mut stream, mut committed_bytes) = (request.into_inner(), 0);
        let mut kept = None;
        while let Some(chunk) = stream.message().await? {
            if chunk.name == KEPT {
                kept = Some((tempfile::tempfile()?, Sha256::new()));
            }
            if let Some((file, digest)) = &mut kept {
                file.write_all(&chunk.data)?;
                digest.update(&chunk.data);
            }
            committed_bytes += chunk.data.len() as u64;
        }
        let sha256 = match kept {
            Some((file, digest)) => {
                file.sync_all()?;
                hex::encode(digest.finalize())
            }
            None => String::new(),
        };
        Ok(Response::new(Upload {
            state: State::Complete.into(),
            committed_bytes,
            sha256,
            ..Upload::default()
        }))
    }

    async fn get_upload(&self, _: Request<GetUploadRequest>) -> Result<Response<Upload>, Status> {
        Err(Status::unimplemented("the sink keeps nothing"))
    }

    async fn cancel_upload(
        &self,
        _: Request<CancelUploadRequest>,
    ) -> Result<Response<CancelUploadResponse>, Status> {
        Err(Status::unimplemented("the sink keeps nothing"))
    }
}
