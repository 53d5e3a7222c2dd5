//! The page of rules and limits in the crate's documentation is the table that the code has.

use std::fmt::Write as _;

use egret_admission::RULES;
use egret_admission::limits::{ALL, IR_VERSIONS, ML_OPSETS, OPSETS};

fn page() -> String {
    let mut page = "| rule | what it asks |\n| --- | --- |\n".to_owned();
    for (name, asks) in RULES {
        writeln!(page, "| `{name}` | {asks} |").unwrap();
    }
    page.push_str("\n| limit | at most | of |\n| --- | --- | --- |\n");
    for limit in ALL {
        writeln!(page, "| `{}` | {} | {} |", limit.name, limit.max, limit.counts).unwrap();
    }
    page.push_str("\n| version | least | most |\n| --- | --- | --- |\n");
    for (name, range) in [("`IR_VERSIONS`", IR_VERSIONS), ("`OPSETS`", OPSETS), ("`ML_OPSETS`", ML_OPSETS)] {
        writeln!(page, "| {name} | {} | {} |", range.start(), range.end()).unwrap();
    }
    page
}

#[test]
fn the_page_is_the_table() {
    let written = include_str!("../../RULES.md");
    assert!(written.ends_with(&format!("\n\n{}", page())), "RULES.md should end with:\n{}", page());
}
