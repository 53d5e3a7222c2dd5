//! The benchmarks, each by its name: `cargo xtask bench NAME`.
//!
//! Each measures Egret and what it is compared with side by side in one run, on the real binaries, and prints one table.
//! Figures are of this machine at this moment; what is held to a bound is their ratio. It ends with 1 where a bound is
//! not kept.

mod deadline;
mod evaluation;
mod import;
mod jail;
mod ledger;
mod makers;
mod many;
mod search;
mod submit;
mod table;
mod upload;

use std::process::ExitCode;

use anyhow::{Result, bail};

use table::Row;

fn main() -> Result<ExitCode> {
    let mut args = std::env::args().skip(1);
    let (Some(name), None) = (args.next(), args.next()) else {
        bail!("usage: bench NAME");
    };
    let rows = match name.as_str() {
        "evaluation" => evaluation::run()?,
        "evaluation-all-cores" => evaluation::run_on_all_cores()?,
        "evaluation-sounds" => evaluation::run_on_sounds()?,
        "evaluation-texts" => evaluation::run_on_texts()?,
        "import" => import::run()?,
        "search" => search::run()?,
        "many" => many::run()?,
        "submit" => submit::run()?,
        "upload" => upload::run()?,
        "ledger" => ledger::run()?,
        "jail" => jail::run()?,
        "deadline" => deadline::run()?,
        // What `upload` is compared with, in a process of its own.
        "sink" => return upload::sink().map(|()| ExitCode::SUCCESS),
        _ => bail!("no benchmark is called {name}"),
    };
    println!("\n{}", table::show(&rows));
    Ok(if rows.iter().all(Row::holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
