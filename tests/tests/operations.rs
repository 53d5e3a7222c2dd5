//! What operators and their machines see: metrics, health, reflection, JSON, gRPC-web, TLS.

use std::process::Command;

use anyhow::{Context as _, Result};
use egret_proto::{
    v1::{ListCompetitionsRequest, ListCompetitionsResponse},
    worker::v1::{LeaseRequest, worker_service_client::WorkerServiceClient},
};
use egret_tests::{Api, Brightness, Database, Process, Setup, Site, path, plain, until};
use prost::Message as _;
use serde_json::{Value, json};
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

const TASK: &str = "brightness/squares";

#[test]
fn a_server_leaves_no_core_file_whether_or_not_it_has_a_worker() -> Result<()> {
    let mut site = Site::start(Database::Sqlite, 0)?;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", site.server().id()))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).context("it has one")?;
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    Ok(())
}

#[test]
fn the_private_port_tells_health_and_counts() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    team.ok(&["submit", path(&models.join("bright.onnx"))?, "--task", TASK, "--watch"])?;

    assert_eq!(plain::get(&site.private(), "/healthz")?, (200, "ok\n".to_owned()));
    assert_eq!(plain::get(&site.host(), "/healthz")?, (200, "ok\n".to_owned()));
    let (status, metrics) = plain::get(&site.private(), "/metrics")?;
    assert_eq!(status, 200);
    let value = |name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(&format!("{name} ")))?;
        line.rsplit(' ').next()?.parse::<f64>().ok()
    };
    assert_eq!(value("egret_submissions_total"), Some(1.0), "{metrics}");
    // The sample and the hidden items are two units of work.
    assert_eq!(value("egret_units_completed_total"), Some(2.0), "{metrics}");
    assert!(value("egret_units_failed_total").is_none_or(|failed| failed < 1.0), "{metrics}");
    let created = "egret_requests_total{method=\"/egret.v1.SubmissionService/CreateSubmission\",code=\"0\"}";
    assert_eq!(value(created), Some(1.0), "{metrics}");
    assert!(!metrics.contains("egret_requests_total{method=\"\""));
    // Nobody reads them on the public port.
    assert_eq!(plain::get(&site.host(), "/metrics")?.0, 404);
    Ok(())
}

#[test]
fn json_is_one_value_per_line() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let model = models.join("bright.onnx");
    let submitted = ["submit", path(&model)?, "--task", TASK, "--watch"];
    for args in [
        &["competition", "list"][..],
        &["competition", "show", "brightness"],
        &["task", "show", TASK],
        &submitted,
        &["submissions", TASK],
        &["status"],
        &["leaderboard", TASK],
    ] {
        let text = team.ok(&[args, &["--output", "json"]].concat())?;
        assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
        assert!(text.ends_with('\n'), "{args:?}");
        serde_json::from_str::<Value>(&text).with_context(|| format!("{args:?}: {text}"))?;
    }
    // What is watched is a value per change: the board now, and again after the next submission.
    let watch = ["leaderboard", TASK, "--watch", "--output", "json"];
    let mut watcher = Process::start("watcher", &mut team.command(&watch)?)?;
    let now: Value = serde_json::from_str(&watcher.wait_for("revision")?)?;
    team.ok(&submitted)?;
    let next: Value = serde_json::from_str(&watcher.wait_for("revision")?)?;
    let told = |board: &Value| (board["revision"].clone(), board["entries"][0]["submission_count"].clone());
    assert_eq!((told(&now), told(&next)), ((json!(1), json!(1)), (json!(2), json!(2))));
    // An error is one line of JSON on standard error, and nothing on standard output.
    let refused = team.run(&["submissions", "brightness/none", "--output", "json"])?;
    assert_eq!((refused.code, refused.stdout.as_str(), refused.stderr.lines().count()), (5, "", 1));
    assert_eq!(serde_json::from_str::<Value>(&refused.stderr)?["error"]["exit_code"], 5);
    Ok(())
}

#[test]
fn slots_for_checks_run_checks_and_the_others_run_the_rest() -> Result<()> {
    let only_checks = Setup { database: Database::Sqlite, embedded_workers: 0, check_slots: 1, tls: None };
    let site = Site::start_with(only_checks)?;
    let models = site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let submit = |model: &str| team.ok(&["submit", path(&models.join(model))?, "--task", TASK]);
    submit("bright.onnx")?;
    let in_state = |count: usize, wanted: &str| {
        until(&format!("{count} to be {wanted}"), || {
            let all = team.json(&["submissions", TASK])?;
            let states = all.as_array().context("a list")?.iter().map(|one| one["state"].as_str());
            Ok((states.filter(|state| *state == Some(wanted)).count() == count).then_some(()))
        })
    };
    in_state(1, "QUEUED")?;
    // The server's one slot is free for the next check, whatever waits.
    submit("gloomy.onnx")?;
    in_state(2, "QUEUED")?;
    let _worker = site.worker_with("all-of-it", &["--slots", "1", "--check-slots", "1"])?;
    in_state(2, "RELEASED")
}

#[tokio::test]
async fn health_and_reflection_answer_over_grpc() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let channel = site.api(&site.operator)?.channel();
    let request = HealthCheckRequest { service: String::new() };
    let health = HealthClient::new(channel.clone()).check(request).await?.into_inner();
    assert_eq!(health.status(), ServingStatus::Serving);

    let ask = |request| ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let requests = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("egret.v1.Submission".to_owned())),
    ];
    let mut answers = ServerReflectionClient::new(channel.clone())
        .server_reflection_info(tokio_stream::iter(requests))
        .await?
        .into_inner();
    let list = answers.message().await?.context("a list")?.message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = list else { panic!("{list:?}") };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["egret.v1.SubmissionService", "egret.v1.LeaderboardService", "egret.v1.UploadService"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("worker")), "{names:?}");
    let file = answers.message().await?.context("a file")?.message_response;
    assert!(
        matches!(file, Some(MessageResponse::FileDescriptorResponse(file)) if !file.file_descriptor_proto.is_empty())
    );

    // Workers have a port of their own: here is no such service, whoever asks.
    let refused = WorkerServiceClient::new(channel).lease(LeaseRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented, "{refused}");
    let elsewhere = Api::new(&site.worker_url(), None)?.channel();
    let refused = WorkerServiceClient::new(elsewhere).lease(LeaseRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
    Ok(())
}

#[test]
fn grpc_web_is_answered_over_plain_http() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    site.publish(&Brightness::default())?;
    let message = ListCompetitionsRequest::default().encode_to_vec();
    let frame = [&[0][..], &(message.len() as u32).to_be_bytes(), &message].concat();
    let headers = [("Content-Type", "application/grpc-web+proto"), ("X-Grpc-Web", "1")];
    let (status, body) =
        plain::post(&site.host(), "/egret.v1.CompetitionService/ListCompetitions", &headers, &frame)?;
    assert_eq!(status, 200);
    let (head, rest) = body.split_at_checked(5).context("a frame has a head")?;
    assert_eq!(head[0], 0, "data come first");
    let length = u32::from_be_bytes(head[1..].try_into()?) as usize;
    let list = ListCompetitionsResponse::decode(&rest[..length])?;
    assert_eq!(
        list.competitions.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        ["competitions/brightness"]
    );
    let trailers = &rest[length..];
    assert_eq!(trailers.first(), Some(&0x80), "trailers come last");
    let trailers = std::str::from_utf8(&trailers[5..])?;
    assert!(trailers.lines().any(|line| line.replace(' ', "") == "grpc-status:0"), "{trailers}");
    Ok(())
}

#[test]
fn with_tls_everything_works_the_same() -> Result<()> {
    let home = tempfile::tempdir()?;
    let (certificate, key) = (home.path().join("tls.crt"), home.path().join("tls.key"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=egret", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .context("openssl makes the certificate")?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tls = Some((certificate.clone(), key));
    let site =
        Site::start_with(Setup { database: Database::Sqlite, embedded_workers: 1, check_slots: 0, tls })?;
    assert!(site.url().starts_with("https://"));
    let models = site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let last = team.json(&["submit", path(&models.join("bright.onnx"))?, "--task", TASK, "--watch"])?;
    assert_eq!(last["release"]["metrics"][0], json!({ "id": "accuracy", "value": 1.0 }));
    // A worker elsewhere trusts the same authority.
    drop(site.worker("elsewhere")?);

    // Who does not know the authority does not talk to it.
    let stranger = egret_tests::Actor::new(&site.url(), None)?;
    let told = stranger.refused(&["leaderboard", TASK], 7)?;
    assert!(told.contains("certificate") || told.contains("ca-file"), "{told}");
    assert!(plain::get(&site.host(), "/healthz").is_err(), "nothing is served in the clear");
    Ok(())
}
