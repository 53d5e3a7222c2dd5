//! `egret competition export` against a small server with canned answers: what lands in the folder, and what does not.

use std::collections::BTreeMap;
use std::fs;
use std::future::{Ready, ready};
use std::path::Path;
use std::process::{Command, Output};

use axum::{Router, extract::Request as HttpRequest, response::IntoResponse as _};
use bytes::{Buf as _, BufMut as _};
use egret_proto::v1::{
    Competition, GetCompetitionRequest, Leaderboard, LeaderboardEntry, Ledger, ListScoreHistoryResponse,
    ListTasksResponse, ListTeamsRequest, ListTeamsResponse, MetricRef, MetricValue, OverallEntry,
    OverallLeaderboard, OverallRule, Phase, Prizes, ScorePoint, SplitLedger, Task, Team,
};
use prost::Message;
use prost_types::Timestamp;
use tokio::net::TcpListener;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, UnaryService};
use tonic::{Request, Response, Status};

const HOSTILE: &str = "=HYPERLINK(\"http://x\")<script>alert(1)</script>";
const UNIT: &str = "=<b>yuan</b>";
const TOKEN: &str = "egret_of_an_organizer";

/// Messages as the bytes they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining()).to_vec()))
    }
}

/// One call of a method.
struct Method(String);

impl UnaryService<Vec<u8>> for Method {
    type Response = Vec<u8>;
    type Future = Ready<Result<Response<Vec<u8>>, Status>>;

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        assert!(!request.metadata().contains_key("authorization"), "spectators have no token");
        let answer = answer(self.0.trim_start_matches("/egret.v1."), request.get_ref());
        ready(answer.map(Response::new))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every field of a message that is a message is optional")]
fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

/// A competition `games` with two tasks and two phases; `drafts` is not there for spectators, and `traps` names a file elsewhere.
fn answer(method: &str, message: &[u8]) -> Result<Vec<u8>, Status> {
    // Every request here begins with the name of what it is about.
    let name = GetCompetitionRequest::decode(message).unwrap().name;
    if name.starts_with("competitions/drafts") {
        return Err(Status::not_found("there is no such competition"));
    }
    let id = |what: &str, id: &str| format!("competitions/games/{what}/{id}");
    Ok(match method {
        "CompetitionService/GetCompetition" => {
            let live = if name.ends_with("traps") { "../../live" } else { "live" };
            let phase = |id: &str| Phase { phase_id: id.into(), start_time: at(0), ..Phase::default() };
            let overall = OverallRule { rule: "mean_rank".into(), weights: vec![] };
            Competition {
                name,
                title: "Games & <b>more</b>".into(),
                title_zh: "比赛".into(),
                description: format!("{HOSTILE}\n\nSecond."),
                phases: vec![phase(live), phase("final")],
                overall: Some(overall),
                ..Competition::default()
            }
            .encode_to_vec()
        }
        "TaskService/ListTasks" => {
            let task =
                |task: &str| Task { name: id("tasks", task), title: HOSTILE.into(), ..Task::default() };
            ListTasksResponse { tasks: vec![task("digits"), task("voices")], ..Default::default() }
                .encode_to_vec()
        }
        "TeamService/ListTeams" => {
            let page = ListTeamsRequest::decode(message).unwrap().page_token;
            let (team, next) = if page.is_empty() { ("gulls", "more") } else { ("rails", "") };
            let team = Team { name: id("teams", team), title: HOSTILE.into(), ..Team::default() };
            ListTeamsResponse { teams: vec![team], next_page_token: next.into() }.encode_to_vec()
        }
        "LedgerService/GetLedger" if name.ends_with("voices") => {
            return Err(Status::not_found("no test set yet"));
        }
        "LedgerService/GetLedger" => {
            let split = SplitLedger {
                split: "public".into(),
                item_count: 4_000,
                spent_millibits: 9_632_001,
                team_count: 2,
                ..SplitLedger::default()
            };
            Ledger { name, splits: vec![split], ..Ledger::default() }.encode_to_vec()
        }
        "LeaderboardService/GetLeaderboard" => board(name).encode_to_vec(),
        "LeaderboardService/ListScoreHistory" => {
            let point = ScorePoint { team: id("teams", "gulls"), time: at(60), value: -0.25 };
            ListScoreHistoryResponse { points: vec![point] }.encode_to_vec()
        }
        "LeaderboardService/GetOverallLeaderboard" => OverallLeaderboard {
            name,
            revision: 4,
            rule: Some(OverallRule { rule: "mean_rank".into(), weights: vec![] }),
            tasks: vec![id("tasks", "digits"), id("tasks", "voices")],
            entries: vec![OverallEntry {
                rank: 1,
                team: id("teams", "gulls"),
                team_title: HOSTILE.into(),
                score: Some(1.5),
                task_ranks: vec![1, 0],
                accept_time: at(60),
                ..OverallEntry::default()
            }],
            ..OverallLeaderboard::default()
        }
        .encode_to_vec(),
        other => return Err(Status::unimplemented(other)),
    })
}

fn board(name: String) -> Leaderboard {
    let metric = MetricRef { id: "si_sdr".into(), title: "SI-SDR".into(), ..MetricRef::default() };
    let entry = LeaderboardEntry {
        rank: 1,
        team: "competitions/games/teams/gulls".into(),
        team_title: HOSTILE.into(),
        metrics: vec![MetricValue { id: "si_sdr".into(), value: Some(-0.25) }],
        accept_time: at(60),
        submission_count: 3,
        kind: "regular".into(),
        ..LeaderboardEntry::default()
    };
    let robot = LeaderboardEntry {
        rank: 0,
        team: "competitions/games/teams/robot".into(),
        team_title: String::new(),
        metrics: vec![MetricValue { id: "si_sdr".into(), value: Some(-0.125) }],
        submission_count: 1,
        kind: "baseline".into(),
        ..entry.clone()
    };
    let is_final = name.contains("/digits/phases/final/");
    let prize = if is_final { 1_500 } else { 0 };
    let (rank_low, rank_high, previous_rank) = if is_final { (1, 2, 4) } else { (0, 0, 0) };
    let entry = LeaderboardEntry { prize, rank_low, rank_high, previous_rank, ..entry };
    let entries = if name.contains("digits") { vec![robot, entry] } else { vec![] };
    let prizes = Prizes { rule: "split_evenly".into(), unit: UNIT.into(), places: vec![2_000, 1_000] };
    Leaderboard {
        prizes: is_final.then_some(prizes),
        prize_kept: is_final.then_some(1_500),
        name,
        revision: 2,
        update_time: at(61),
        frozen_time: at(120),
        metrics: vec![metric],
        entries,
        ..Default::default()
    }
}

/// Serves until the test's runtime ends; where.
async fn serve() -> String {
    let pages = Router::new().fallback(async |request: HttpRequest| {
        let method = Method(request.uri().path().to_owned());
        Grpc::new(Raw).unary(method, request).await.into_response()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, pages).await });
    format!("http://{address}")
}

async fn export(server: &str, competition: &str, dir: &Path, flags: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_egret"));
    command.args(["competition", "export", competition, "--output", "json", "--dir"]).arg(dir).args(flags);
    command.env("EGRET_SERVER", server).env("EGRET_TOKEN", TOKEN);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Every file below, by its path.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let (path, name) =
            (entry.as_ref().unwrap().path(), entry.unwrap().file_name().into_string().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            found.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_public_becomes_files() {
    let (server, home) = (serve().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("site");
    let ended = export(&server, "games", &dir, &[]).await;
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let told: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    let files = files(&dir);
    let mut expected = vec![".egret-export", "competition.json", "index.html", "phases.csv"];
    expected.extend(["ledger.csv", "ledger.json", "tasks.csv", "tasks.json", "teams.csv", "teams.json"]);
    let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
    for phase in ["live", "final"] {
        expected.extend(["csv", "html", "json"].map(|kind| format!("overall/{phase}.{kind}")));
        for task in ["digits", "voices"] {
            expected.extend(["csv", "html", "json"].map(|kind| format!("boards/{task}/{phase}.{kind}")));
            expected.extend(["csv", "json"].map(|kind| format!("history/{task}/{phase}.{kind}")));
        }
    }
    expected.sort();
    assert_eq!(files.keys().cloned().collect::<Vec<_>>(), expected);
    assert_eq!((&told["file_count"], &told["board_count"]), (&(expected.len() - 1).into(), &6.into()));

    let neutral = "\"'=HYPERLINK(\"\"http://x\"\")<script>alert(1)</script>\"";
    assert_eq!(
        files["boards/digits/live.csv"],
        format!(
            "\"rank\",\"team\",\"title\",\"kind\",\"certificate\",\"si_sdr\",\"submissions\",\"accepted\"\n\
             \"\",\"robot\",\"\",\"baseline\",\"\",-0.125,1,\"1970-01-01T00:01:00Z\"\n\
             1,\"gulls\",{neutral},\"regular\",\"\",-0.25,3,\"1970-01-01T00:01:00Z\"\n"
        )
    );
    assert_eq!(
        files["history/digits/live.csv"],
        "\"team\",\"time\",\"value\"\n\"gulls\",\"1970-01-01T00:01:00Z\",-0.25\n"
    );
    assert_eq!(
        files["overall/live.csv"],
        format!(
            "\"rank\",\"team\",\"title\",\"score\",\"digits\",\"voices\",\"accepted\"\n\
             1,\"gulls\",{neutral},1.5,1,\"\",\"1970-01-01T00:01:00Z\"\n"
        )
    );
    let ledger =
        "\"task\",\"split\",\"items\",\"spent_millibits\",\"teams\"\n\"digits\",\"public\",4000,9632001,2\n";
    assert_eq!(files["ledger.csv"], ledger);
    assert_eq!(files["teams.csv"].lines().count(), 3, "both pages of teams");
    // A final has intervals, what moved, and prizes.
    assert_eq!(
        files["boards/digits/final.csv"],
        format!(
            "\"rank\",\"team\",\"title\",\"kind\",\"certificate\",\"si_sdr\",\"rank_low\",\"rank_high\",\"previous_rank\",\"prize\",\
             \"prize_unit\",\"submissions\",\"accepted\"\n\
             \"\",\"robot\",\"\",\"baseline\",\"\",-0.125,\"\",\"\",\"\",0,\"'{UNIT}\",1,\"1970-01-01T00:01:00Z\"\n\
             1,\"gulls\",{neutral},\"regular\",\"\",-0.25,1,2,4,1500,\"'{UNIT}\",3,\"1970-01-01T00:01:00Z\"\n"
        )
    );
    let json: serde_json::Value = serde_json::from_str(&files["boards/digits/final.json"]).unwrap();
    assert_eq!((&json["entries"][1]["prize"], &json["prize_kept"]), (&1_500.into(), &1_500.into()));
    let json: serde_json::Value = serde_json::from_str(&files["boards/digits/live.json"]).unwrap();
    assert_eq!(json["entries"][1]["team_title"], HOSTILE, "JSON is as the API has it");
    assert!(!files["teams.json"].contains("members"));
    assert!(files["boards/voices/final.html"].contains("The board is empty."));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_run_nothing_and_lead_to_each_other() {
    let (server, home) = (serve().await, tempfile::tempdir().unwrap());
    assert!(export(&server, "games", home.path(), &[]).await.status.success(), "an empty folder will do");
    for (path, text) in files(home.path())
        .iter()
        .filter(|(path, _)| Path::new(path).extension().is_some_and(|end| end == "html"))
    {
        assert!(!text.contains("<script") && !text.contains("<b>"), "{path} has a stranger's markup");
        let folder = home.path().join(path);
        for link in text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(!link.contains("//") && !link.starts_with('/'), "{path} leads away: {link}");
            let leads = folder.parent().unwrap().join(link).canonicalize();
            let leads = leads.unwrap_or_else(|error| panic!("{path}: {link}: {error}"));
            assert!(leads.starts_with(home.path().canonicalize().unwrap()), "{path}: {link}");
        }
    }
    let index = fs::read_to_string(home.path().join("index.html")).unwrap();
    for part in [
        "Games &#38; ",
        "比赛",
        "boards/voices/final.html",
        "overall/live.html",
        "<p>Second.</p>",
        "1205 bytes",
    ] {
        assert!(index.contains(part), "no {part} in\n{index}");
    }
    let board = fs::read_to_string(home.path().join("boards/digits/live.html")).unwrap();
    assert!(
        board.contains("robot (baseline)") && board.contains("Frozen since 1970-01-01 00:02:00 UTC"),
        "{board}"
    );
    assert!(board.contains("<td>-0.25</td>") && board.contains("=HYPERLINK(&#34;"), "{board}");
    assert!(!board.contains("Rank interval") && !board.contains("Prize"), "{board}");
    let last = fs::read_to_string(home.path().join("boards/digits/final.html")).unwrap();
    for part in [
        "<th scope=\"col\">Rank interval</th><th scope=\"col\">Moved</th><th scope=\"col\">Prize, =&#60;b&#62;yuan",
        "<td>1–2</td><td>▲3</td><td>1,500</td>",
        "Rank interval: with 95 % for all teams at once",
        "Prizes: 2,000 and 1,000 =&#60;b&#62;",
        "Kept: 1,500 =&#60;b&#62;",
    ] {
        assert!(last.contains(part), "no {part} in\n{last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_boards_give_the_same_bytes() {
    let (server, home) = (serve().await, tempfile::tempdir().unwrap());
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    assert!(export(&server, "games", &one, &[]).await.status.success());
    assert!(export(&server, "games", &two, &[]).await.status.success());
    let first = files(&one);
    assert_eq!(first, files(&two));
    // What is there already is replaced only if that is said.
    let refused = export(&server, "games", &one, &[]).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not empty"));
    assert!(export(&server, "games", &one, &["--force"]).await.status.success());
    assert_eq!(files(&one), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_export_leaves_nothing() {
    let (server, home) = (serve().await, tempfile::tempdir().unwrap());
    for (competition, code, why) in
        [("drafts", 5, "no such competition"), ("traps", 1, "cannot be the name of a file")]
    {
        let ended = export(&server, competition, &home.path().join("site"), &[]).await;
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), text.contains(why)), (Some(code), true), "{text}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "{competition}");
    }
}
