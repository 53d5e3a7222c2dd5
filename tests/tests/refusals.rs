//! What is refused, and what the refused are told: windows, quotas, other people's things, tokens.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use egret_proto::v1::{
    ListSubmissionsRequest, ListTeamsRequest, WhoAmIRequest,
    submission_service_client::SubmissionServiceClient,
};
use egret_tests::{Actor, Brightness, Database, Site, bright, path, reason};
use serde_json::{Value, json};
use tonic::{Code, Request};

const TASK: &str = "brightness/squares";

fn submit(model: &Path) -> Result<[&str; 4]> {
    Ok(["submit", path(model)?, "--task", TASK])
}

fn bright_model(site: &Site) -> Result<std::path::PathBuf> {
    let model = site.scratch().join("bright.onnx");
    fs::write(&model, bright(-1).softmax_file())?;
    Ok(model)
}

#[test]
fn outside_the_window_a_submission_is_refused_with_the_next_one() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let model = bright_model(&site)?;
    for (id, window, words) in [
        ("not-begun", (60, 120), ["`live` starts at ", "egret competition show"]),
        ("between", (-120, -30), ["`live` ended at ", "`final` starts at "]),
    ] {
        site.publish(&Brightness { id: id.to_owned(), window, ..Brightness::default() })?;
        let team = site.team(id, "gulls", "Gulls")?;
        let task = format!("{id}/squares");
        let args = ["submit", path(&model)?, "--task", &task];
        let told = team.refused(&args, 3)?;
        for word in words {
            assert!(told.contains(word), "{word:?} is not in {told}");
        }
        let error: Value =
            serde_json::from_str(&team.refused(&[&args[..], &["--output", "json"]].concat(), 3)?)?;
        assert_eq!(error["error"]["reason"], "PHASE_CLOSED");
        assert_eq!(team.json(&["submissions", &task])?, json!([]));
    }
    Ok(())
}

#[test]
fn over_quota_the_refusal_names_the_quota_and_when_it_resets() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    site.publish(&Brightness { per_day_max: 2, ..Brightness::default() })?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let model = bright_model(&site)?;
    let first = team.json(&submit(&model)?)?;
    team.ok(&submit(&model)?)?;

    let told = team.refused(&submit(&model)?, 3)?;
    for word in
        ["daily quota of 2 is used up in phase `live`", "2 used", "resets   ", "egret status", "egret cancel"]
    {
        assert!(told.contains(word), "{word:?} is not in {told}");
    }
    let json_args = [&submit(&model)?[..], &["--output", "json"]].concat();
    let error: Value = serde_json::from_str(&team.refused(&json_args, 3)?)?;
    let error = &error["error"];
    assert_eq!((&error["reason"], &error["facts"]["max"]), (&json!("QUOTA_EXHAUSTED"), &json!("2")));
    // Quotas roll over at midnight of the competition's zone, Asia/Shanghai.
    let quota = team.json(&["status"])?["tasks"][0]["quota"].clone();
    assert_eq!(quota["used_today"], 2);
    let resets: jiff::Timestamp = error["facts"]["reset_time"].as_str().context("a time")?.parse()?;
    assert_eq!(resets, quota["reset_time"].as_str().context("a time")?.parse()?);
    let midnight = resets.in_tz("Asia/Shanghai")?;
    assert_eq!((midnight.hour(), midnight.minute(), midnight.second()), (0, 0, 0));

    // What is cancelled before it is evaluated comes back.
    let name = first["name"].as_str().unwrap().replace("competitions/", "");
    let name = name.replace("tasks/", "").replace("submissions/", "");
    assert_eq!(team.json(&["cancel", &name])?["state"], "CANCELLED");
    team.ok(&submit(&model)?)?;
    assert_eq!(team.json(&["submissions", TASK])?.as_array().map(Vec::len), Some(3));
    Ok(())
}

#[test]
fn another_teams_things_are_out_of_reach() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    site.publish(&Brightness::default())?;
    let (gulls, egrets) =
        (site.team("brightness", "gulls", "Gulls")?, site.team("brightness", "egrets", "Egrets")?);
    let model = bright_model(&site)?;
    let told = gulls.refused(&[&submit(&model)?[..], &["--team", "brightness/egrets"]].concat(), 4)?;
    assert!(told.contains("not a member of this team") && told.contains("egret status"), "{told}");

    let theirs = egrets.json(&submit(&model)?)?;
    let id = theirs["name"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let name = format!("{TASK}/{id}");
    // It is not said whether there is such a submission.
    let missing = gulls.refused(&["submissions", &format!("{TASK}/{}", "0".repeat(id.len()))], 5)?;
    assert_eq!(gulls.refused(&["submissions", &name], 5)?, missing);
    gulls.refused(&["cancel", &name], 5)?;
    assert_eq!(gulls.json(&["submissions", TASK])?, json!([]), "the Gulls have none");
    gulls.refused(&["submissions", TASK, "--all-teams"], 4)?;
    assert_eq!(site.operator.json(&["submissions", TASK, "--all-teams"])?.as_array().map(Vec::len), Some(1));
    gulls.refused(&["team", "invite", "brightness/egrets"], 4)?;
    assert_eq!(egrets.json(&["submissions", &name])?["state"], "CHECKING");
    Ok(())
}

#[test]
fn a_token_must_be_there_known_and_not_revoked() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    site.publish(&Brightness::default())?;
    let member = site.team("brightness", "gulls", "Gulls")?;
    let model = bright_model(&site)?;
    let (args, asked) = (submit(&model)?, ["--team", "brightness/gulls", "--output", "json"]);
    let refused = |person: &Actor| -> Result<Value> {
        let error: Value = serde_json::from_str(&person.refused(&[&args[..], &asked].concat(), 4)?)?;
        Ok(error["error"].clone())
    };
    let absent = refused(&site.visitor()?)?;
    assert_eq!(absent["reason"], "TOKEN_MISSING");
    assert!(absent["next"].as_str().unwrap().contains("`egret team join CODE` signs you in"), "{absent}");

    let forged = site.scratch().join("forged");
    fs::write(&forged, format!("egret_{}", "0".repeat(64)))?;
    let told = site.visitor()?.refused(&["status", "--token-file", path(&forged)?], 4)?;
    assert!(told.contains("ask for a new invite or token"), "{told}");

    member.ok(&args)?;
    let user = member.json(&["status"])?["identity"]["user"].clone();
    let tokens = site.operator.json(&["token", "list"])?;
    let token =
        tokens.as_array().unwrap().iter().find(|t| t["user"] == user).context("the member's token")?;
    site.operator.ok(&["token", "revoke", token["name"].as_str().unwrap()])?;
    let revoked = refused(&member)?;
    // Whether it ever was a token is not told to who holds it.
    assert_eq!(revoked["reason"], "TOKEN_INVALID");
    assert!(revoked["message"].as_str().unwrap().contains("revoked"), "{revoked}");
    assert!(!revoked.to_string().contains(&member.token()?.context("saved")?), "secrets are not repeated");
    Ok(())
}

#[tokio::test]
async fn a_page_token_is_good_for_its_own_list_only() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    for id in ["brightness", "other-squares"] {
        site.publish(&Brightness { id: id.to_owned(), ..Brightness::default() })?;
    }
    let _ = (site.team("brightness", "gulls", "Gulls")?, site.team("brightness", "egrets", "Egrets")?);
    let api = site.api(&site.operator)?;
    assert_eq!(api.identity().who_am_i(WhoAmIRequest {}).await?.into_inner().display_name, "operator");
    let list = |competition: &str, page_token: &str| ListTeamsRequest {
        parent: format!("competitions/{competition}"),
        page_size: 1,
        page_token: page_token.to_owned(),
    };
    let first = api.teams().list_teams(list("brightness", "")).await?.into_inner();
    assert_eq!(first.teams.len(), 1);
    let second = api.teams().list_teams(list("brightness", &first.next_page_token)).await?.into_inner();
    assert_eq!((second.teams.len(), second.next_page_token.as_str()), (1, ""));
    assert_ne!(first.teams, second.teams);

    let wrong = api.teams().list_teams(list("other-squares", &first.next_page_token)).await.unwrap_err();
    assert_eq!((wrong.code(), reason(&wrong).as_str()), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
    let request = ListSubmissionsRequest {
        parent: "competitions/brightness/tasks/squares".to_owned(),
        page_token: first.next_page_token,
        ..ListSubmissionsRequest::default()
    };
    let wrong = api.submissions().list_submissions(request.clone()).await.unwrap_err();
    assert_eq!((wrong.code(), reason(&wrong).as_str()), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
    // Who may not list at all is told that first.
    let mut bare = SubmissionServiceClient::new(api.channel());
    let wrong = bare.list_submissions(Request::new(request)).await.unwrap_err();
    assert_eq!((wrong.code(), reason(&wrong).as_str()), (Code::Unauthenticated, "TOKEN_MISSING"));
    Ok(())
}
