//! Uploads over the wire: resumed, refused, and nothing left behind.

use egret_proto::v1::{self, upload_service_client::UploadServiceClient};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::ask;
use crate::wire::with_token;
use crate::world::*;

const MODEL: v1::upload::Purpose = v1::upload::Purpose::Model;

fn staged(world: &World) -> usize {
    std::fs::read_dir(world.dir.path().join("staging")).unwrap().count()
}

#[tokio::test]
async fn an_upload_resumes_where_it_broke_and_counts_once_verified() {
    let world = World::open().await;
    let red = world.tokens.red.as_str();
    let bytes: Vec<u8> = (0..2_500_000_u32).map(|i| (i % 251) as u8).collect();
    let upload = world.reserve(red, MODEL, RED, &bytes).await.unwrap();
    let part = world.write(red, &upload.name, 0, &bytes[..1_300_000]).await.unwrap();
    assert_eq!((part.state(), part.committed_bytes), (v1::upload::State::Open, 1_300_000));
    let early = world.submit(red, &part).await.unwrap_err();
    assert_eq!(early.get_details_error_info().unwrap().reason, "UPLOAD_INCOMPLETE");
    let wrong = world.write(red, &upload.name, 7, &bytes[7..]).await.unwrap_err();
    assert_eq!(wrong.code(), Code::OutOfRange);
    assert_eq!(wrong.get_details_error_info().unwrap().metadata["committed_bytes"], "1300000");
    let whole = world.write(red, &upload.name, 1_300_000, &bytes[1_300_000..]).await.unwrap();
    assert_eq!(whole.state(), v1::upload::State::Complete);
    assert_eq!(staged(&world), 0);
}

#[tokio::test]
async fn a_stream_that_breaks_keeps_what_came() {
    let world = World::open().await;
    let red = world.tokens.red.as_str();
    let bytes = vec![5; 3000];
    let upload = world.reserve(red, MODEL, RED, &bytes).await.unwrap();
    let (send, receive) = tokio::sync::mpsc::channel(1);
    let stream = tokio_stream::wrappers::ReceiverStream::new(receive);
    let mut client = UploadServiceClient::new(world.public.clone());
    let request = with_token(stream, Some(red));
    let writing = tokio::spawn(async move { client.write_upload(request).await });
    let data = bytes::Bytes::copy_from_slice(&bytes[..1000]);
    send.send(v1::WriteUploadRequest { name: upload.name.clone(), offset: 0, data }).await.unwrap();
    // A chunk that is longer than a chunk may be ends the stream, not the upload.
    let data = bytes::Bytes::from(vec![5; (1 << 20) + 1]);
    send.send(v1::WriteUploadRequest { data, ..Default::default() }).await.unwrap();
    let status = writing.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let get = v1::GetUploadRequest { name: upload.name.clone() };
    let kept = ask!(world, red, UploadServiceClient.get_upload, get).unwrap();
    assert_eq!(kept.committed_bytes, 1000);
    let whole = world.write(red, &upload.name, 1000, &bytes[1000..]).await.unwrap();
    assert_eq!(whole.state(), v1::upload::State::Complete);
}

#[tokio::test]
async fn too_long_or_of_another_digest_leaves_nothing() {
    let world = World::open().await;
    let red = world.tokens.red.as_str();
    for (bytes, reason) in [(&b"eight by"[..], "WRONG_DIGEST"), (&b"nine by t"[..], "UPLOAD_TOO_LONG")] {
        let upload = world.reserve(red, MODEL, RED, b"8 bytes!").await.unwrap();
        let status = world.write(red, &upload.name, 0, bytes).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.get_details_error_info().unwrap().reason, reason);
        let get = v1::GetUploadRequest { name: upload.name };
        assert_eq!(ask!(world, red, UploadServiceClient.get_upload, get).unwrap_err().code(), Code::NotFound);
        assert_eq!(staged(&world), 0);
    }
}

#[tokio::test]
async fn an_upload_is_declared_within_bounds() {
    let world = World::open().await;
    let reserve = async |size_bytes, sha256: &str| {
        let (purpose, parent, sha256) = (MODEL.into(), RED.into(), sha256.into());
        let upload = v1::Upload { purpose, parent, size_bytes, sha256, ..Default::default() };
        let create = v1::CreateUploadRequest { upload: Some(upload), ..Default::default() };
        ask!(world, &world.tokens.red, UploadServiceClient.create_upload, create)
            .map(|upload| upload.size_bytes)
    };
    let digest = "0".repeat(64);
    assert!(reserve(1, &digest).await.is_ok() && reserve(16 << 30, &digest).await.is_ok());
    for (size_bytes, sha256) in
        [(0, digest.as_str()), ((16 << 30) + 1, &digest), (1, "beef"), (1, &"A".repeat(64))]
    {
        assert_eq!(reserve(size_bytes, sha256).await.unwrap_err().code(), Code::InvalidArgument);
    }
}
