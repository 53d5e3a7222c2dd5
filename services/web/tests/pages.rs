//! What the pages show.

mod fake;

use axum::Router;
use fake::{Fake, canned, canned::TASK, reader::get};

const TOP_K: &str = "/docs/metrics/classification/top%7Bk%7D.%7Btie_rule%7D";
const HOSTILE: &str = "<script>alert('x')</script>\"&";

async fn pages() -> Router {
    let board = canned::board(7, &[("Heron", 0.98712), ("白鹭", 0.9833), ("Coot", 0.9)]);
    egret_web::router(Fake::start(canned::shown(board)).await.channel)
}

/// The text has each of these.
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[tokio::test]
async fn home_lists_the_competitions_with_their_phases() {
    let home = get(&pages().await, "/", &[]).await;
    assert_eq!(home.status, 200);
    has(
        &home.text,
        &[
            "<html lang=\"en\"",
            "href=\"/c/spring\">Spring Open 2026</a>",
            "Practice",
            "ends in",
            "<time datetime=",
        ],
    );
    has(&home.text, &["href=\"?after=a%2Bb%2Fc%3D%26\""]);
}

#[tokio::test]
async fn the_link_to_more_leads_to_the_next_page() {
    let next = get(&pages().await, "/?after=a%2Bb%2Fc%3D%26", &[]).await;
    assert_eq!(next.status, 200);
    has(&next.text, &["No competition has been published yet."]);
}

#[tokio::test]
async fn a_competition_shows_its_tasks_and_phases() {
    let page = get(&pages().await, "/c/spring", &[]).await;
    has(
        &page.text,
        &[
            "<h1>Spring Open 2026</h1>",
            "<p class=\"text\">Small models, hidden data.</p>",
            "href=\"/c/spring/t/digits\">Handwritten digits</a>",
            "5 a day<br>40 in all<br>2 at once",
            "Asia/Shanghai",
        ],
    );
}

#[tokio::test]
async fn the_overall_board_of_a_phase_has_a_page() {
    let pages = pages().await;
    has(
        &get(&pages, "/c/spring", &[]).await.text,
        &["<h2>Overall board</h2>", "<a href=\"/c/spring/p/live\">Live</a>"],
    );
    let page = get(&pages, "/c/spring/p/live", &[]).await;
    assert_eq!(page.status, 200);
    has(
        &page.text,
        &[
            "<h1>Overall board: Live</h1>",
            "<a href=\"/c/spring\">Spring Open 2026</a>",
            "by the mean of their ranks",
            "<th scope=\"col\" class=\"number\">Mean rank</th>",
            "<a href=\"/c/spring/t/digits/p/live#board\">Handwritten digits</a> <span class=\"muted\">weight 2</span>",
            "<a href=\"/c/spring/t/voices/p/live#board\">voices</a></th>",
            "<th scope=\"row\" class=\"team\"><a href=\"/c/spring/teams/team-2\">白鹭</a></th>\n  <td class=\"number primary\">1.6667</td>",
            "<div id=\"overall\" data-every-s=\"30\">",
            "<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>",
            "<td class=\"number\">3</td>\n  <td class=\"number\"><span class=\"muted\" title=\"not ranked\">—</span></td>",
        ],
    );
    assert_eq!(page.text.matches(" class=\"medal-2\">").count(), 2, "equal teams share a rank");
    let chinese = get(&pages, "/c/spring/p/live?lang=zh", &[]).await;
    has(
        &chinese.text,
        &["<h1>实战总榜</h1>", "平均名次", "手写数字识别</a> <span class=\"muted\">权重 2</span>"],
    );
    for nowhere in ["/c/spring/p/other", "/c/autumn/p/live", "/c/spring/p/Live"] {
        assert_eq!(get(&pages, nowhere, &[]).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn an_overall_board_that_is_final_is_not_read_again() {
    let mut shown = canned::shown(canned::board(7, &[("Heron", 0.98712)]));
    let live = shown.competitions[0].phases.iter_mut().find(|phase| phase.phase_id == "live").unwrap();
    live.finalize_time = Some(prost_types::Timestamp { seconds: 1_785_542_400, nanos: 0 });
    let page = get(&egret_web::router(Fake::start(shown).await.channel), "/c/spring/p/live", &[]).await;
    has(&page.text, &["<div id=\"overall\">"]);
    assert!(!page.text.contains("http-equiv=\"refresh\""), "{}", page.text);
}

#[tokio::test]
async fn medals_are_three_figures() {
    let board = canned::board(7, &[("Heron", 0.98712), ("Coot", 0.9)]);
    let overall = Some(canned::overall(&board, "medals"));
    let shown = fake::Shown { overall, ..canned::shown(board) };
    let page = get(&egret_web::router(Fake::start(shown).await.channel), "/c/spring/p/live", &[]).await;
    has(
        &page.text,
        &[
            "gold, then silver, then bronze",
            "class=\"number\">Gold</th>",
            "<td class=\"number primary\">2</td>\n  <td class=\"number\">0</td>\n  <td class=\"number\">0</td>",
        ],
    );
}

#[tokio::test]
async fn without_a_rule_there_is_no_overall_board() {
    let mut shown = canned::shown(canned::board(7, &[]));
    (shown.overall, shown.competitions[0].overall) = (None, None);
    let pages = egret_web::router(Fake::start(shown).await.channel);
    assert!(!get(&pages, "/c/spring", &[]).await.text.contains("Overall board"));
    assert_eq!(get(&pages, "/c/spring/p/live", &[]).await.status, 404);
    let empty = canned::shown(canned::board(0, &[]));
    let pages = egret_web::router(Fake::start(empty).await.channel);
    has(&get(&pages, "/c/spring/p/live", &[]).await.text, &["No team is on a board of this phase yet."]);
}

#[tokio::test]
async fn a_task_shows_its_contract_board_and_chart() {
    let page = get(&pages().await, TASK, &[]).await;
    assert_eq!(page.status, 200);
    has(
        &page.text,
        &[
            "<h1>Handwritten digits</h1>",
            "28 × 28 pixels, grayscale",
            "one of 10 classes",
            "<strong>Accuracy</strong> <a href=\"/docs/metrics/of/classes/accuracy\"><code>accuracy</code></a> · higher is better · ranks the board",
            "lower is better · shown as well",
            "2,048 MiB of memory",
            "href=\"/c/spring/t/digits/sample.zip\"",
            "<dd>CC BY 4.0</dd>",
            "<code>5e5e5e5e",
            "Leaderboard: Live",
            "<th scope=\"row\" class=\"team\"><a href=\"/c/spring/teams/team-2\">白鹭</a> <span class=\"badge certificate\" title=\"certificate\">B</span></th>",
            "0.9871</td>",
            "data-events=\"/c/spring/t/digits/p/live/events?lang=en\"",
            "<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>",
            "<svg class=\"chart\"",
        ],
    );
    assert!(!page.text.contains("0.98712"), "shown as the phase rounds it");
}

#[tokio::test]
async fn chinese_pages_have_the_chinese_titles() {
    let pages = pages().await;
    let page = get(&pages, &format!("{TASK}?lang=zh"), &[]).await;
    has(
        &page.text,
        &["<html lang=\"zh-Hans\"", "<h1>手写数字识别</h1>", "二〇二六春季公开赛", "准确率", "实战排行榜"],
    );
    let home = get(&pages, "/", &[("accept-language", "zh-CN,en;q=0.5")]).await;
    has(&home.text, &["<h1>竞赛</h1>", "二〇二六春季公开赛", "href=\"?lang=en\""]);
}

#[tokio::test]
async fn a_chosen_phase_is_shown_instead_of_the_current_one() {
    let page = get(&pages().await, &format!("{TASK}/p/practice"), &[]).await;
    has(&page.text, &["Leaderboard: Practice", "data-events=\"/c/spring/t/digits/p/practice/events"]);
}

#[tokio::test]
async fn an_empty_board_says_what_to_run() {
    let pages = egret_web::router(Fake::start(canned::shown(canned::board(0, &[]))).await.channel);
    let live = get(&pages, TASK, &[]).await;
    has(&live.text, &["Be the first", "<code>egret submit model.onnx --task spring/digits --watch</code>"]);
    has(&live.text, &["The chart starts with the first score."]);
    let over = get(&pages, &format!("{TASK}/p/practice/board"), &[]).await;
    has(&over.text, &["No team scored in this phase."]);
    assert!(!over.text.contains("egret submit"), "it is too late");
}

#[tokio::test]
async fn hostile_texts_are_shown_as_they_are() {
    let mut shown = canned::shown(canned::board(1, &[(HOSTILE, 0.5)]));
    let hostile = || HOSTILE.to_owned();
    let competition = canned::competition();
    shown.competitions =
        vec![egret_proto::v1::Competition { title: hostile(), description: hostile(), ..competition }];
    shown.tasks = vec![egret_proto::v1::Task { title: hostile(), description: hostile(), ..canned::task() }];
    let suite = &mut shown.suites[0];
    (suite.title, suite.metrics[1].title, suite.parameters[0].meaning) = (hostile(), hostile(), hostile());
    let pages = egret_web::router(Fake::start(shown).await.channel);
    let (board, chart) = (format!("{TASK}/p/live/board"), format!("{TASK}/p/live/chart.svg"));
    for path in ["/", "/c/spring", "/c/spring/p/live", TASK, &board, &chart, "/docs/metrics", TOP_K] {
        let page = get(&pages, path, &[]).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains("&#60;script&#62;"), "{path} shows it:\n{}", page.text);
        assert!(!page.text.contains("<script>"), "{path} runs it");
    }
}

#[tokio::test]
async fn nothing_on_a_page_is_inline() {
    let pages = pages().await;
    for path in ["/", "/c/spring", "/c/spring/p/live", TASK, "/docs/metrics", TOP_K, "/nowhere"] {
        let text = get(&pages, path, &[]).await.text;
        for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
            assert!(!text.contains(inline), "{path} has {inline}, which our own policy forbids");
        }
    }
}

#[tokio::test]
async fn the_metrics_are_listed_by_what_the_items_are() {
    let page = get(&pages().await, "/docs/metrics", &[]).await;
    assert_eq!(page.status, 200);
    has(
        &page.text,
        &[
            "<a href=\"#any\">Anything</a>",
            "<a href=\"#audio\">Sounds</a>",
            "<section id=\"audio\">",
            "tasks that ask for one class per item",
            "files only: egret score",
            &format!("<a href=\"{TOP_K}\"><code>top{{k}}.{{tie_rule}}</code></a>"),
            "<td>lower is better</td><td class=\"number\">0 – ∞</td>",
        ],
    );
    assert!(!page.text.contains("#video"), "there is none");
    let home = get(&pages().await, "/", &[]).await;
    has(&home.text, &["href=\"/docs/metrics\">Metrics</a>"]);
}

#[tokio::test]
async fn a_metric_has_a_page_of_its_own() {
    let pages = pages().await;
    let page = get(&pages, TOP_K, &[]).await;
    assert_eq!(page.status, 200);
    has(
        &page.text,
        &[
            "<h1 lang=\"en\">Top-k accuracy</h1>",
            "<code>classification.top{k}.{tie_rule}</code>",
            "<dd>0 – 1 · higher is better</dd>",
            "the formula of Top-k accuracy",
            "scores: class indices are not enough",
            "<code>k = 5</code> <span lang=\"en\">how many classes count</span>",
            "<code>label</code>",
            "egret metric show",
        ],
    );
    assert!(!page.text.contains("weight of recall"), "another metric's parameter");
    let filled = get(&pages, "/docs/metrics/classification/top5.lowest_index?lang=zh", &[]).await;
    has(&filled.text, &["<code>top5.lowest_index</code>", "填入参数", "越高越好", "取值范围", "并列与缺失"]);
    let chinese = get(&pages, "/docs/metrics?lang=zh", &[]).await;
    has(&chinese.text, &["<h1>指标</h1>", "<a href=\"#audio\">音频</a>", "任务，其输出为单一类别"]);
}

#[tokio::test]
async fn a_task_leads_to_its_metrics() {
    let pages = pages().await;
    for id in ["log_loss", "classification.log_loss"] {
        let answer = get(&pages, &format!("/docs/metrics/of/classes/{id}"), &[]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, "/docs/metrics/classification/log_loss")
        );
    }
    for path in [
        "/docs/metrics/classification/beauty",
        "/docs/metrics/si_sdr/log_loss",
        "/docs/metrics/of/classes/si_sdr",
        "/docs/metrics/Classification/accuracy",
        "/docs/metrics/classification/a%20b",
        "/docs/metrics/classification",
    ] {
        assert_eq!(get(&pages, path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_fragment_is_the_board_of_the_page() {
    let pages = pages().await;
    let page = get(&pages, TASK, &[]).await.text;
    let fragment = get(&pages, &format!("{TASK}/p/live/board"), &[]).await.text;
    has(&fragment, &["data-revision=\"7\"", "Heron"]);
    assert!(page.contains(fragment.trim()), "they differ");
}

#[tokio::test]
async fn a_competition_says_how_many_take_part_and_leads_to_its_teams() {
    let pages = pages().await;
    let page = get(&pages, "/c/spring", &[]).await;
    has(&page.text, &["<p class=\"muted\">2 teams</p>", "href=\"/c/spring/teams\""]);
    let teams = get(&pages, "/c/spring/teams", &[]).await;
    has(
        &teams.text,
        &[
            "<h1>Teams: Spring Open 2026</h1>",
            "<a href=\"/c/spring/teams/herons\">Heron</a>",
            "<td>baseline, not ranked</td>",
            "<td>merged</td>",
            // A team without a title is known by its id.
            "<a href=\"/c/spring/teams/terns\">terns</a>",
            "<td>disqualified · out of competition, not ranked</td>",
        ],
    );
}

#[tokio::test]
async fn a_team_shows_its_standing_and_entries_and_nobody_in_it() {
    let pages = pages().await;
    let herons = get(&pages, "/c/spring/teams/herons", &[]).await;
    assert_eq!(herons.status, 200);
    has(
        &herons.text,
        &[
            "<h1>Heron</h1>",
            "<h2>Takes part in</h2>",
            "<a href=\"/c/spring/t/digits\">Handwritten digits</a>",
        ],
    );
    assert!(!herons.text.contains("class=\"badge closed\""));
    let gulls = get(&pages, "/c/spring/teams/gulls", &[]).await;
    has(
        &gulls.text,
        &[
            "<span class=\"badge closed\">merged</span>",
            "<a href=\"/c/spring/teams/herons\">It is part of another team now.</a>",
        ],
    );
    has(&gulls.text, &["It takes part in no task yet."]);
    let zh = get(&pages, "/c/spring/teams/terns?lang=zh", &[]).await;
    has(&zh.text, &["已取消资格", "非正式参赛"]);
    assert_eq!(get(&pages, "/c/spring/teams/nobody", &[]).await.status, 404);
    assert_eq!(get(&pages, "/c/spring/teams/NO", &[]).await.status, 404);
}
