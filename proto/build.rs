//! Compiles the protos with protox: no `protoc` is needed on the machine.
use std::{env, error::Error, fs, path::PathBuf};

const FILES: [&str; 13] = [
    "egret/v1/hidden.proto",
    "egret/v1/competition.proto",
    "egret/v1/metric.proto",
    "egret/v1/task.proto",
    "egret/v1/test_set.proto",
    "egret/v1/team.proto",
    "egret/v1/upload.proto",
    "egret/v1/submission.proto",
    "egret/v1/leaderboard.proto",
    "egret/v1/control.proto",
    "egret/v1/ledger.proto",
    "egret/v1/identity.proto",
    "egret/worker/v1/worker.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=egret");
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // Encoded by the compiler: our option `from_hidden` would not survive prost's own types.
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure()
        .bytes(".egret.v1.WriteUploadRequest.data")
        .bytes(".egret.v1.DownloadSampleResponse.data")
        .bytes(".egret.v1.DownloadShardResponse.data")
        .bytes(".egret.worker.v1.ReadBlobResponse.data")
        .bytes(".egret.worker.v1.ReadOutcomesResponse.data")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
