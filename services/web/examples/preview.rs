//! The pages with canned data, for looking at them while working on templates and styles:
//! `cargo run -p egret-web --example preview [ADDRESS]`. The board of the task gains a team every few seconds.

#[path = "../tests/fake/mod.rs"]
mod fake;

use std::time::Duration;

use fake::{Fake, canned};

const TEAMS: [(&str, f64); 9] = [
    ("Heron", 0.9871),
    ("白鹭", 0.9833),
    ("A team whose name is rather longer than it should be", 0.9712),
    ("kingfisher", 0.9420),
    ("翠鸟与远山观测小组", 0.9415),
    ("Bittern", 0.9101),
    ("Grebe", 0.8822),
    ("Coot", 0.8519),
    ("<script>alert(1)</script>", 0.7300),
];

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8490".into());
    let fake = Fake::start(canned::shown(canned::board(7, &TEAMS[..7]))).await;
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{}", listener.local_addr()?);
    let pages = egret_web::router(fake.channel.clone());
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(8));
        for revision in 8.. {
            ticks.tick().await;
            let teams = if revision % 2 == 0 { &TEAMS[..] } else { &TEAMS[..7] };
            fake.set_board(canned::board(revision, teams));
        }
    });
    axum::serve(listener, pages).await
}
