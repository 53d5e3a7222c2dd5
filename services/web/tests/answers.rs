//! Statuses, headers and downloads.

mod fake;

use axum::Router;
use axum::http::StatusCode;
use fake::{Fake, canned, canned::TASK, reader::get};
use tonic::transport::Endpoint;

async fn pages() -> Router {
    let board = canned::board(7, &[("Heron", 0.9)]);
    egret_web::router(Fake::start(canned::shown(board)).await.channel)
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let pages = pages().await;
    let css = stylesheet(&pages).await;
    let chart = format!("{TASK}/p/live/chart.svg");
    for path in ["/", TASK, &chart, &css, "/healthz", "/nowhere", "/static/nothing.css", "/?after=wrong"] {
        let answer = get(&pages, path, &[]).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{path}: {policy}"
        );
        assert!(
            policy.ends_with("base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_says_so() {
    let pages = pages().await;
    let phase = format!("{TASK}/p/other");
    for path in
        ["/nowhere", "/c/other", "/c/spring/t/other", &phase, &format!("{phase}/events"), "/static/x.js"]
    {
        let answer = get(&pages, path, &[("accept-language", "zh")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(answer.text.contains("这里什么也没有"), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_id_is_never_asked_for() {
    let mut shown = canned::shown(canned::board(0, &[]));
    // The server would answer for these names; no path may reach them.
    let odd = ["Spring", "ab", "spring/tasks/digits", "a b", "../spring"];
    for id in odd {
        let mut competition = canned::competition();
        competition.name = format!("competitions/{id}");
        shown.competitions.push(competition);
    }
    let pages = egret_web::router(Fake::start(shown).await.channel);
    for path in ["/c/Spring", "/c/ab", "/c/spring%2Ftasks%2Fdigits", "/c/a%20b", "/c/..%2Fspring", "/c/%FF"] {
        assert_eq!(get(&pages, path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_a_503_with_a_time_to_come_back() {
    // Bound and dropped: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let channel = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap().connect_lazy();
    let pages = egret_web::router(channel);
    for path in ["/", TASK, &format!("{TASK}/p/live/events"), &format!("{TASK}/sample.zip")] {
        let answer = get(&pages, path, &[]).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.header("retry-after"), "5", "{path}");
        assert!(answer.text.contains("The server is busy or away"), "{path}");
    }
    assert_eq!(get(&pages, "/healthz", &[]).await.text, "ok\n", "the pages themselves are well");
}

#[tokio::test]
async fn a_token_from_another_list_is_a_400() {
    let answer = get(&pages().await, "/?after=wrong", &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("This address makes no sense to us"));
}

#[tokio::test]
async fn pages_remember_a_choice_of_language_and_fragments_do_not() {
    let pages = pages().await;
    let chosen = get(&pages, "/?lang=zh", &[]).await;
    assert!(chosen.header("set-cookie").starts_with("egret_lang=zh; Path=/;"), "{:?}", chosen.headers);
    assert_eq!(chosen.header("vary"), "accept-language, cookie");
    let cookie = chosen.header("set-cookie").split(';').next().unwrap();
    let later = get(&pages, "/", &[("cookie", cookie)]).await;
    assert!(later.text.contains("<h1>竞赛</h1>"));
    assert_eq!(later.header("set-cookie"), "");
    let fragment = get(&pages, &format!("{TASK}/p/live/board?lang=zh"), &[]).await;
    assert!(fragment.text.contains("名次"));
    assert_eq!(fragment.header("set-cookie"), "");
}

/// The address of the style sheet, as the home page has it.
async fn stylesheet(pages: &Router) -> String {
    let home = get(pages, "/", &[]).await.text;
    home.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn assets_are_kept_for_good_under_the_address_of_their_content() {
    let pages = pages().await;
    let css = stylesheet(&pages).await;
    let answer = get(&pages, &css, &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(answer.text.contains("prefers-color-scheme"));
    assert_eq!(get(&pages, "/static/site.css", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_sample_is_passed_through_whole() {
    let answer = get(&pages().await, &format!("{TASK}/sample.zip"), &[]).await;
    assert_eq!(answer.text, "PK first second third");
    assert_eq!(answer.header("content-length"), "21");
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"spring-digits-sample.zip\"");
    assert_eq!(get(&pages().await, "/c/spring/t/other/sample.zip", &[]).await.status, StatusCode::NOT_FOUND);
}
