//! Debian's Chromium, driven over WebDriver.

use std::process::Command;

use anyhow::{Context as _, Result};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::{Process, port::free_port};

/// A headless browser with a fresh profile.
pub struct Browser {
    /// The WebDriver session.
    pub page: Client,
    driver: Process,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser with a window of this size, in CSS pixels.
    pub async fn start(width: u32, height: u32) -> Result<Self> {
        let port = free_port()?;
        let profile = tempfile::tempdir()?;
        let mut command = Command::new("chromedriver");
        let mut driver = Process::start(
            "chromedriver",
            command.arg(format!("--port={port}")).env("TMPDIR", profile.path()),
        )
        .context("Debian's chromium-driver is needed; `cargo xtask test` installs it")?;
        driver.wait_for("was started successfully")?;
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "goog:chromeOptions": { "args": arguments } });
        let capabilities = options.as_object().expect("an object was just made").clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let page = builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await?;
        Ok(Self { page, driver, _profile: profile })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver would leave its browser behind.
        self.driver.kill_family();
    }
}
