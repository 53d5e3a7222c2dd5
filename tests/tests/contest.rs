//! A contest from the folder to the board, through the binary, as its users run it.

use anyhow::Result;
use egret_tests::{Brightness, Database, Site, path};

const TASK: &str = "brightness/squares";

#[test]
fn two_teams_submit_and_the_board_ranks_them_on_both_databases() -> Result<()> {
    for database in [Database::Sqlite, Database::Postgres] {
        let site = Site::start(database, 1)?;
        let models = site.publish(&Brightness::default())?;
        let (gulls, egrets) = (site.team("brightness", "gulls", "海鸥")?, site.team("brightness", "egrets", "Egrets")?);

        let gloomy = gulls.json(&["submit", path(&models.join("gloomy.onnx"))?, "--task", TASK, "--watch"])?;
        let bright = egrets.json(&["submit", path(&models.join("bright.onnx"))?, "--task", TASK, "--watch"])?;
        assert_eq!((gloomy["state"].as_str(), bright["state"].as_str()), (Some("RELEASED"), Some("RELEASED")));

        let board = site.operator.json(&["leaderboard", TASK])?;
        let ranked: Vec<_> = board["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| (e["rank"].as_u64().unwrap(), e["team_title"].as_str().unwrap(), e["metrics"][0]["value"].as_f64().unwrap()))
            .collect();
        assert_eq!(ranked, [(1, "Egrets", 1.0), (2, "海鸥", 0.3333)]);
    }
    Ok(())
}
