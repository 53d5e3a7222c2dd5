//! Uploads that go wrong, and uploads that go on: through gRPC, against the running server.

use anyhow::Result;
use egret_proto::v1::{
    CancelUploadRequest, CreateSubmissionRequest, Submission, WatchSubmissionRequest, submission::State,
    upload,
};
use egret_tests::{Api, Brightness, Database, Process, Site, bright, heavy, path, reason, sha256, until};
use tonic::{Code, Status};

const TEAM: &str = "competitions/brightness/teams/gulls";
/// A model of 40 MiB of which 34 MiB come at first: the server notes what is safe on disk every 32 MiB.
const PART: usize = 34 << 20;
const TASK: &str = "competitions/brightness/tasks/squares";

/// A site with the competition and a member's API.
fn stage(workers: u32, model_mib_max: u32) -> Result<(Site, Api)> {
    let site = Site::start(Database::Sqlite, workers)?;
    site.publish(&Brightness { model_mib_max, ..Brightness::default() })?;
    let member = site.team("brightness", "gulls", "Gulls")?;
    let api = site.api(&member)?;
    Ok((site, api))
}

fn staged(site: &Site) -> Result<usize> {
    Ok(site.data().join("staging").read_dir()?.count())
}

/// Every model of the site that is kept.
fn kept(site: &Site, digest: &str) -> bool {
    site.data().join("blobs").join(&digest[..2]).join(digest).exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_are_refused_and_leave_nothing_behind() -> Result<()> {
    let (site, api) = stage(0, 8)?;
    let model = bright(-1).softmax_file();
    let honest = sha256(&model);
    let claimed = sha256(b"something else");
    let longer = [&model[..], b"!"].concat();
    for (size, digest, sent, why) in
        [(model.len(), &claimed, &model, "WRONG_DIGEST"), (model.len(), &honest, &longer, "UPLOAD_TOO_LONG")]
    {
        let reserved = api.reserve(TEAM, size, digest).await?;
        assert_eq!((reserved.state(), reserved.committed_bytes), (upload::State::Open, 0));
        let refused = api.write(&reserved.name, 0, sent).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, why), "{refused}");
        let gone = api.upload(&reserved.name).await.unwrap_err();
        assert_eq!(gone.code(), Code::NotFound, "{why}: {gone}");
        assert_eq!(staged(&site)?, 0, "{why}");
        assert!(!kept(&site, digest), "{why}");
        let submitted = submit(&api, &reserved.name).await.unwrap_err();
        assert_eq!(submitted.code(), Code::NotFound, "{why}: {submitted}");
    }
    // The same bytes, honestly declared, are welcome after all that.
    let reserved = api.reserve(TEAM, model.len(), &honest).await?;
    assert_eq!(api.write(&reserved.name, 0, &model).await?.state(), upload::State::Complete);
    assert!(kept(&site, &honest));
    assert_eq!(staged(&site)?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_upload_does_not_count_and_cancelling_it_clears_it_away() -> Result<()> {
    let (site, api) = stage(0, 8)?;
    let model = bright(-1).softmax_file();
    let reserved = api.reserve(TEAM, model.len(), &sha256(&model)).await?;
    let short = api.write(&reserved.name, 0, &model[..100]).await?;
    assert_eq!((short.state(), short.committed_bytes), (upload::State::Open, 100));
    let refused = submit(&api, &reserved.name).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "UPLOAD_INCOMPLETE"));
    assert!(refused.message().contains(&format!("100 of {} bytes", model.len())), "{refused}");

    api.uploads().cancel_upload(CancelUploadRequest { name: reserved.name.clone() }).await?;
    assert_eq!(api.upload(&reserved.name).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(staged(&site)?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_over_the_limit_is_refused_by_the_server_too() -> Result<()> {
    let (_site, api) = stage(0, 1)?;
    let model = heavy(1);
    let reserved = api.reserve(TEAM, model.len(), &sha256(&model)).await?;
    assert_eq!(api.write(&reserved.name, 0, &model).await?.state(), upload::State::Complete);
    let refused = submit(&api, &reserved.name).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "MODEL_TOO_LARGE"));
    assert!(refused.message().contains("the task allows 1048576"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stream_is_resumed_where_it_broke() -> Result<()> {
    let (site, api) = stage(1, 64)?;
    let (model, part) = (heavy(40), PART);
    let reserved = api.reserve(TEAM, model.len(), &sha256(&model)).await?;
    let stream = api.write_open(&reserved.name, 0, &model[..part]).await?;
    let partial = site.data().join("staging").join(reserved.name.trim_start_matches("uploads/"));
    until("the bytes in the partial file", || {
        Ok(partial.metadata().is_ok_and(|file| file.len() == part as u64).then_some(()))
    })?;
    // A second writer is turned away while the first one lives.
    let busy = api.write(&reserved.name, 0, b"").await.unwrap_err();
    assert_eq!((busy.code(), reason(&busy).as_str()), (Code::Aborted, "UPLOAD_BUSY"));
    drop(stream);
    // All that came is kept, not only what a checkpoint covered.
    let resumed = until_async(async || {
        let now = api.upload(&reserved.name).await.ok()?;
        (now.committed_bytes == part as u64).then_some(now)
    });
    assert_eq!(resumed?.state(), upload::State::Open);
    let offset = part;

    let wrong = api.write(&reserved.name, 0, &model).await.unwrap_err();
    assert_eq!((wrong.code(), reason(&wrong).as_str()), (Code::OutOfRange, "WRONG_OFFSET"));
    assert!(wrong.message().contains(&offset.to_string()), "{wrong}");
    let whole = api.write(&reserved.name, offset as u64, &model[offset..]).await?;
    assert_eq!((whole.state(), whole.committed_bytes), (upload::State::Complete, model.len() as u64));
    assert_eq!(score(&api, &whole.name).await?, Some(1.0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_outlives_kill_9_of_the_server() -> Result<()> {
    let (mut site, api) = stage(1, 64)?;
    let (model, part) = (heavy(40), PART);
    let reserved = api.reserve(TEAM, model.len(), &sha256(&model)).await?;
    let stream = api.write_open(&reserved.name, 0, &model[..part]).await?;
    until_async(async || (api.upload(&reserved.name).await.ok()?.committed_bytes > 0).then_some(()))?;
    site.server().kill();
    drop(stream);
    site.boot()?;

    let found = until_async(async || api.upload(&reserved.name).await.ok())?;
    let offset = found.committed_bytes as usize;
    assert_eq!(found.state(), upload::State::Open);
    assert!((32 << 20..=part).contains(&offset), "{offset} of {part} bytes sent");
    let whole = api.write(&reserved.name, offset as u64, &model[offset..]).await?;
    assert_eq!(whole.state(), upload::State::Complete);
    assert!(kept(&site, &sha256(&model)));
    assert_eq!(staged(&site)?, 0);
    assert_eq!(score(&api, &whole.name).await?, Some(1.0));
    Ok(())
}

#[test]
fn a_submit_command_outlives_kill_9_of_the_server_in_the_middle_of_its_upload() -> Result<()> {
    let mut site = Site::start(Database::Sqlite, 1)?;
    site.publish(&Brightness { model_mib_max: 128, ..Brightness::default() })?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let (model, file) = (heavy(100), site.scratch().join("heavy.onnx"));
    std::fs::write(&file, &model)?;
    let digest = sha256(&model);
    let args = ["submit", path(&file)?, "--task", "brightness/squares", "--watch"];
    let mut command = Process::start("submit", &mut team.command(&args)?)?;
    until("the first bytes", || {
        let mut partials = site.data().join("staging").read_dir()?;
        Ok(partials.any(|file| file.is_ok_and(|f| f.metadata().is_ok_and(|f| f.len() > 0))).then_some(()))
    })?;
    site.server().kill();
    assert!(staged(&site)? == 1 && !kept(&site, &digest), "the blow came in the middle");
    site.boot()?;
    command.wait_for("released: accuracy 1,")?;
    assert_eq!(command.end()?, 0);
    assert!(staged(&site)? == 0 && kept(&site, &digest));
    Ok(())
}

#[test]
fn a_killed_submit_command_goes_on_when_it_is_run_again() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    site.publish(&Brightness { model_mib_max: 128, ..Brightness::default() })?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let (model, file) = (heavy(100), site.scratch().join("heavy.onnx"));
    std::fs::write(&file, &model)?;
    let digest = sha256(&model);
    let args = ["submit", path(&file)?, "--task", "brightness/squares", "--watch"];
    let mut command = Process::start("submit", &mut team.command(&args)?)?;
    let bytes = || -> Result<u64> {
        let partials = site.data().join("staging").read_dir()?;
        Ok(partials.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum())
    };
    until("40 MiB", || Ok((bytes()? >= 40 << 20).then_some(())))?;
    command.kill();
    assert!(staged(&site)? == 1 && !kept(&site, &digest), "the blow came in the middle");
    assert!(team.ok(&args)?.contains("released: accuracy 1,"));
    // Had it begun another upload, the bytes of the first one would still be there.
    assert!(staged(&site)? == 0 && kept(&site, &digest));
    Ok(())
}

async fn submit(api: &Api, upload: &str) -> Result<Submission, Status> {
    let request = CreateSubmissionRequest {
        parent: TASK.to_owned(),
        team: TEAM.to_owned(),
        upload: upload.to_owned(),
        ..CreateSubmissionRequest::default()
    };
    Ok(api.submissions().create_submission(request).await?.into_inner())
}

/// Submits, watches to the end, and returns the released accuracy.
async fn score(api: &Api, upload: &str) -> Result<Option<f64>> {
    let name = submit(api, upload).await?.name;
    let mut changes = api.submissions().watch_submission(WatchSubmissionRequest { name }).await?.into_inner();
    let mut last = None;
    while let Some(now) = changes.message().await? {
        last = Some(now);
    }
    let last = last.expect("a watch begins with the present state");
    assert_eq!(last.state(), State::Released, "{last:?}");
    Ok(last.release.unwrap().metrics[0].value)
}

/// [`until`] for calls; `None` asks again.
fn until_async<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let here = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| until("the server", || Ok(here.block_on(ask()))))
}
