//! The pages in Debian's Chromium, and without JavaScript.

use std::time::Duration;

use anyhow::Result;
use egret_tests::{Brightness, Browser, Database, Site, path, plain};
use fantoccini::Locator;

const TASK: &str = "brightness/squares";
const PAGE: &str = "/c/brightness/t/squares";

#[tokio::test(flavor = "multi_thread")]
async fn a_row_appears_without_a_reload() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness::default())?;
    let (gulls, egrets) =
        (site.team("brightness", "gulls", "海鸥")?, site.team("brightness", "egrets", "Egrets")?);
    let browser = Browser::start(1280, 900).await?;
    let page = &browser.page;
    page.goto(&format!("{}{PAGE}?lang=en", site.url())).await?;
    assert_eq!(rows(&browser).await?, Vec::<String>::new());
    // Gone after any reload or navigation.
    page.execute("window.marker = 'set before the submissions'", vec![]).await?;
    let live = page.wait().at_most(Duration::from_secs(30)).for_element(Locator::Css("#live.on")).await?;
    assert!(!live.text().await?.is_empty());

    gulls.ok(&["submit", path(&models.join("gloomy.onnx"))?, "--task", TASK, "--watch"])?;
    row(&browser, 1).await?;
    assert_eq!(rows(&browser).await?, ["1 海鸥 0.3333"]);
    egrets.ok(&["submit", path(&models.join("bright.onnx"))?, "--task", TASK, "--watch"])?;
    row(&browser, 2).await?;
    assert_eq!(rows(&browser).await?, ["1 Egrets 1.0000", "2 海鸥 0.3333"]);

    // The chart followed too: a line for each team.
    let second = Locator::Css("#chart svg g:nth-of-type(2) .name");
    page.wait().at_most(Duration::from_secs(30)).for_element(second).await?;
    let marker = page.execute("return window.marker", vec![]).await?;
    assert_eq!(marker, "set before the submissions", "the page was never loaded again");
    let navigations = page
        .execute("return performance.getEntriesByType('navigation').map(n => n.type).join()", vec![])
        .await?;
    assert_eq!(navigations, "navigate");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_speak_both_languages_and_fit_a_phone() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    site.publish(&Brightness::default())?;
    let browser = Browser::start(500, 900).await?;
    let page = &browser.page;
    for (language, title, heading) in [("zh", "方块", "排行榜"), ("en", "Squares", "Leaderboard")] {
        page.goto(&format!("{}{PAGE}?lang={language}", site.url())).await?;
        assert_eq!(page.find(Locator::Css("h1")).await?.text().await?, title);
        let found = page.find(Locator::Id("board-heading")).await?.text().await?;
        assert!(found.contains(heading), "{found}");
        let declared = page.execute("return document.documentElement.lang", vec![]).await?;
        assert!(declared.as_str().unwrap().starts_with(language), "{declared}");
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(page.execute(overflow, vec![]).await?, 0, "{language}: nothing sticks out at the side");
    }
    Ok(())
}

#[test]
fn without_javascript_the_board_is_in_the_page() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "海鸥")?;
    team.ok(&["submit", path(&models.join("bright.onnx"))?, "--task", TASK, "--watch"])?;
    let (status, html) = plain::get(&site.host(), &format!("{PAGE}?lang=zh"))?;
    assert_eq!(status, 200);
    for expected in
        ["<html lang=\"zh", "方块", "海鸥", "<table", "<svg", "<noscript><meta http-equiv=\"refresh\""]
    {
        assert!(html.contains(expected), "{expected:?} is not in\n{html}");
    }
    let (status, _) = plain::get(&site.host(), "/c/no-such-thing")?;
    assert_eq!(status, 404);
    Ok(())
}

/// The board as it is shown: rank, team and primary score of every row.
async fn rows(browser: &Browser) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('#board-content tr[data-team]')].map(row => \
                  ['.rank', '.team', '.primary'].map(part => row.querySelector(part).textContent.trim()).join(' '))";
    Ok(serde_json::from_value(browser.page.execute(script, vec![]).await?)?)
}

/// Waits until the board shows this many rows.
async fn row(browser: &Browser, count: usize) -> Result<()> {
    let nth = format!("#board-content tbody tr[data-team]:nth-child({count})");
    browser.page.wait().at_most(Duration::from_secs(30)).for_element(Locator::Css(&nth)).await?;
    Ok(())
}
