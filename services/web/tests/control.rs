//! A contest under control, as spectators see it: what is released and what that costs, freezes, pauses, changes.

mod fake;

use axum::Router;
use egret_proto::v1::{Leaderboard, Prizes, ReleaseRule};
use fake::{Fake, Shown, canned, canned::TASK, reader::get};

async fn serve(board: Leaderboard, change: impl FnOnce(&mut Shown)) -> Router {
    let mut shown = canned::shown(board);
    shown.competitions = vec![canned::controlled()];
    shown.changes = canned::changes();
    change(&mut shown);
    egret_web::router(Fake::start(shown).await.channel)
}

fn board() -> Leaderboard {
    canned::board(7, &[("Heron", 0.91), ("白鹭", 0.87), ("Coot", 0.5)])
}

/// The text has each of these.
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[tokio::test]
async fn a_task_says_what_is_released_and_what_has_left_its_test_set() {
    let pages = serve(board(), |_| ()).await;
    let page = get(&pages, TASK, &[]).await;
    has(
        &page.text,
        &[
            "At most 1,204 bytes have ever left this test set. <a href=\"/c/spring/t/digits/ledger\">The ledger</a>",
            "the best of 50 levels, 0.01 apart<br>at most 64 bits for a team",
            "a release costs 0.193 bits, or 4 and more where the level rises<br>shown every 3 h",
            "scores rounded to 4 decimals<br>each release costs 26.578 bits",
            "shown once the phase is final",
        ],
    );
    let chinese = get(&pages, &format!("{TASK}?lang=zh"), &[]).await;
    has(
        &chinese.text,
        &["该测试集流出的信息至多 1,204 字节", "共 50 级，级差 0.01", "每 3 小时 统一公布一次"],
    );
}

#[tokio::test]
async fn the_ledger_has_a_page() {
    let pages = serve(board(), |_| ()).await;
    let page = get(&pages, &format!("{TASK}/ledger"), &[]).await;
    assert_eq!(page.status, 200);
    has(
        &page.text,
        &[
            "<h1>What has left the test set: Handwritten digits</h1>",
            "<strong>At most 1,204 bytes have ever left this test set.</strong>",
            "At most 1,204 bytes (9,631.004 bits) have left it, to 12 teams; it has 4,000 items.",
            "<th scope=\"row\">Live</th><td><code>ladder</code></td><td class=\"number\">50</td><td class=\"number\">0.01</td><td class=\"number\">64</td><td class=\"words\">0.193; 4 to 14 where the level rises</td>",
            "<th scope=\"row\">Practice</th><td><code>exact</code></td><td class=\"number\">—</td>",
            "<td class=\"words\">26.578</td>",
            "Live: with probability 95 %, a released score is within 0.0806 of the true one",
        ],
    );
    has(
        &get(&pages, &format!("{TASK}/ledger?lang=zh"), &[]).await.text,
        &["<h1>测试集信息公开量：手写数字识别</h1>"],
    );
    // Before there is a test set there is nothing to tell.
    let none = serve(board(), |shown| shown.ledger = None).await;
    assert_eq!(get(&none, &format!("{TASK}/ledger"), &[]).await.status, 404);
    let task = get(&none, TASK, &[]).await;
    assert_eq!(task.status, 200);
    assert!(!task.text.contains("/ledger"), "no way to a page that is not there");
    has(&task.text, &["the best level on a grid"]);
}

#[tokio::test]
async fn a_level_is_told_by_its_least_good_score_and_by_nothing_else() {
    let fragment = get(&serve(board(), |_| ()).await, &format!("{TASK}/p/live/board"), &[]).await.text;
    has(&fragment, &["<td class=\"number primary\">≥ 0.91</td>"]);
    assert!(!fragment.contains("Macro F1") && !fragment.contains("Log loss"), "{fragment}");
}

#[tokio::test]
async fn a_frozen_board_says_since_when_and_a_final_one_too() {
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let frozen = Leaderboard { frozen_time: at(1_785_542_400), ..board() };
    let text = get(&serve(frozen, |_| ()).await, TASK, &[]).await.text;
    has(
        &text,
        &[
            "<p class=\"notice\">Frozen: what is released since then is shown once the board is thawed. Since <time datetime=\"2026-08-01T00:00:00Z\">",
            "<span class=\"badge\">frozen</span>",
        ],
    );
    let last = Leaderboard { finalize_time: at(1_785_542_400), ..board() };
    let pages = serve(last, |_| ()).await;
    has(
        &get(&pages, &format!("{TASK}/p/live/board"), &[]).await.text,
        &["Final since <time datetime=\"2026-08-01T00:00:00Z\">"],
    );
    let open = get(&serve(board(), |_| ()).await, &format!("{TASK}/p/practice/board"), &[]).await.text;
    assert!(!open.contains("Frozen") && !open.contains("Final since"), "{open}");
}

#[tokio::test]
async fn who_does_not_rank_has_no_number_and_no_medal() {
    let mut board = board();
    (board.entries[0].rank, board.entries[0].kind) = (0, "baseline".into());
    board.entries[1].rank = 1;
    (board.entries[2].rank, board.entries[2].kind) = (0, "guest".into());
    let text = get(&serve(board, |_| ()).await, &format!("{TASK}/p/live/board"), &[]).await.text;
    has(
        &text,
        &[
            "class=\"apart\">\n  <td class=\"number rank\"><span class=\"muted\" title=\"not ranked\">–</span></td>\n  <th scope=\"row\" class=\"team\"><a href=\"/c/spring/teams/team-1\">Heron</a> <span class=\"badge\">baseline</span>",
            "class=\"medal-1\">\n  <td class=\"number rank\"><span>1</span></td>\n  <th scope=\"row\" class=\"team\"><a href=\"/c/spring/teams/team-2\">白鹭</a>",
            "Coot</a> <span class=\"badge\">out of competition</span>",
        ],
    );
    assert_eq!(text.matches("medal-").count(), 1);
}

/// A final's board: two who cannot be told apart, and one below them.
fn last_board() -> Leaderboard {
    let mut board = board();
    let [first, second, third] = board.entries.as_mut_slice() else { unreachable!("three teams") };
    (first.rank_low, first.rank_high, first.previous_rank, first.prize) = (1, 2, 4, 1_500);
    (second.rank, second.rank_low, second.rank_high, second.previous_rank, second.prize) =
        (1, 1, 2, 1, 1_500);
    (third.rank, third.rank_low, third.rank_high, third.previous_rank) = (3, 3, 3, 2);
    let places = vec![2_001, 1_000];
    board.prizes = Some(Prizes { rule: "split_evenly".into(), unit: "CNY".into(), places });
    board.prize_kept = Some(1);
    board
}

#[tokio::test]
async fn a_final_shows_intervals_what_moved_and_prizes() {
    let pages = serve(last_board(), |_| ()).await;
    let path = format!("{TASK}/p/final/board");
    let text = get(&pages, &path, &[]).await.text;
    has(
        &text,
        &[
            "<th scope=\"col\" class=\"number\">Rank interval</th>",
            "<th scope=\"col\" class=\"number\">Moved</th>",
            "<th scope=\"col\" class=\"number\">Prize, CNY</th>",
            "<td class=\"number whole\">1–2</td>\n  <td class=\"number whole\">▲3</td>\n  <td class=\"number whole\">1,500</td>",
            "<td class=\"number whole\">1–2</td>\n  <td class=\"number whole\"></td>\n  <td class=\"number whole\">1,500</td>",
            "<td class=\"number whole\">3</td>\n  <td class=\"number whole\">▼1</td>\n  <td class=\"number whole\"><span class=\"muted\" title=\"no prize\">–</span></td>",
            "Rank interval: with 95 % for all teams at once",
            "Moved: compared with the public board of phase live.",
            "Prizes by place, in CNY: 2,001 · 1,000.",
            "Finalists whose rank intervals overlap share a rank",
            "1 CNY are kept",
        ],
    );
    assert_eq!(text.matches("class=\"medal-1\"").count(), 2, "both are first");
    let chinese = get(&pages, &format!("{path}?lang=zh"), &[]).await.text;
    has(&chinese, &["名次区间", "升降", "奖金（CNY）", "均分所占名次的奖金", "1 CNY 未发放"]);
    // What is declared is told before anything is given, and boards without intervals have none of the columns.
    let mut early = board();
    early.prizes = last_board().prizes;
    let text = get(&serve(early, |_| ()).await, &path, &[]).await.text;
    has(&text, &["Prizes by place, in CNY: 2,001 · 1,000."]);
    for part in ["Prize, CNY", "Rank interval:", "Moved", "kept"] {
        assert!(!text.contains(part), "{part}:\n{text}");
    }
    let plain = get(&serve(board(), |_| ()).await, &format!("{TASK}/p/live/board"), &[]).await.text;
    for part in ["Prize", "Rank interval", "Moved", "class=\"muted note\""] {
        assert!(!plain.contains(part), "{part}:\n{plain}");
    }
}

#[tokio::test]
async fn the_unit_of_prizes_is_shown_as_it_is() {
    let mut board = last_board();
    board.prizes.as_mut().unwrap().unit = "<script>".into();
    let text = get(&serve(board, |_| ()).await, &format!("{TASK}/p/final"), &[]).await.text;
    has(&text, &["Prize, &#60;script&#62;", "1 &#60;script&#62; are kept"]);
    assert!(!text.contains("<script>"), "{text}");
}

#[tokio::test]
async fn a_competition_shows_its_rules_its_changes_and_that_it_is_paused() {
    let pages = serve(board(), |_| ()).await;
    let page = get(&pages, "/c/spring", &[]).await;
    has(
        &page.text,
        &[
            "<p class=\"notice\">Submitting is paused by the organizer.</p>",
            "<li>This time did not count: <time",
            "<li>Extended by 30 min for team gulls.</li>",
            "<li>voices ends <time",
            "<li>Its boards are shown once the phase is final.</li>",
            "<li>For teams with at least 0.5 released in phase live.</li>",
            "a team names up to 2 of phase live, or is represented by its best released one",
            "<li>Prizes by place, in CNY: 3,000 · 2,000.</li>",
            "<li>Each place has its own rank and prize, whatever the rank intervals.</li>",
            "<li>Prizes of digits by place: 500</li>",
            "<td>all</td><td class=\"words\">submitting paused</td><td class=\"words\">moving the server</td>",
            "<td>Live</td><td class=\"words\">extended <span class=\"muted\">team gulls, +1800 s</span></td><td class=\"words\">their upload was lost</td>",
            "<td class=\"words\">power cut</td>",
        ],
    );
    assert!(!page.text.contains("olga"), "who changed it is in the organizers' list");
    has(
        &get(&pages, "/c/spring?lang=zh", &[]).await.text,
        &[
            "主办方已暂停提交。",
            "为队伍 gulls 延长 30 分钟。",
            "<h2>变更记录</h2>",
            "以下时段不计入比赛时间：",
        ],
    );
    has(&get(&pages, TASK, &[]).await.text, &["Submitting is paused by the organizer."]);
    let calm = canned::competition();
    let quiet = serve(board(), |shown| (shown.competitions, shown.changes) = (vec![calm], vec![])).await;
    let text = get(&quiet, "/c/spring", &[]).await.text;
    assert!(!text.contains("class=\"notice\"") && !text.contains("id=\"changes\""), "{text}");
}

#[tokio::test]
async fn a_task_page_shows_the_tasks_own_times() {
    // The freeze of the phase moves with the interval that was removed before it.
    let text = get(&serve(board(), |_| ()).await, TASK, &[]).await.text;
    assert!(!text.contains("voices ends"), "another task's end");
    let moved = canned::controlled().phases[1].task_freeze_time("digits").unwrap();
    let at = jiff::Timestamp::from_second(moved.seconds).unwrap();
    has(&text, &[&format!("<td><time datetime=\"{at}\">")]);
}

#[tokio::test]
async fn an_empty_board_says_what_it_waits_for() {
    let empty = || canned::board(0, &[]);
    let pages = serve(empty(), |_| ()).await;
    let last = get(&pages, &format!("{TASK}/p/final/board"), &[]).await.text;
    has(&last, &["This board is shown once the phase is final."]);
    assert!(!last.contains("egret submit"), "it takes nominations");
    let live = serve(empty(), |shown| {
        let release = ReleaseRule { timing: "finalize".into(), ..ReleaseRule::default() };
        shown.competitions[0].phases[1].release = Some(release);
    });
    let live = get(&live.await, &format!("{TASK}/p/live/board"), &[]).await.text;
    has(&live, &["Scores of this phase are shown once it is final.", "egret submit model.onnx"]);
}

#[tokio::test]
async fn what_was_withheld_is_on_no_page() {
    let pages = serve(board(), |_| ()).await;
    let ledger = format!("{TASK}/ledger");
    for path in ["/", "/c/spring", TASK, &ledger] {
        let text = get(&pages, path, &[]).await.text.to_lowercase();
        assert!(!text.contains("withheld"), "{path}");
    }
}

#[tokio::test]
async fn hostile_reasons_are_shown_as_they_are() {
    let pages = serve(board(), |shown| shown.changes[1].reason = "<script>alert(1)</script>".into()).await;
    let text = get(&pages, "/c/spring", &[]).await.text;
    has(&text, &["&#60;script&#62;alert(1)"]);
    assert!(!text.contains("<script>"));
}
