//! Example labels: three items in each split.

use std::fmt::Write as _;

use super::answer::Answer;
use super::input::Input;

const SPLITS: [&str; 3] = ["sample", "public", "private"];
const ITEMS: [&str; 3] = ["1", "2", "3"];

/// The tables: (name, text).
pub(super) fn tables(input: Input, answer: Answer) -> Vec<(&'static str, String)> {
    // What is not a single file is told apart by an id, where other tables name it.
    let named = answer == Answer::Verification && input.columns() != ["file"];
    let mut columns = input.columns().to_vec();
    columns.extend(named.then_some("id"));
    columns.extend(own_columns(input, answer));
    columns.push("split");
    let mut labels = columns.join(",") + "\n";
    let mut trials = String::from("first,second,target\n");
    for split in SPLITS {
        for (place, number) in ITEMS.iter().enumerate() {
            let item = format!("{split}-{number}");
            let mut cells = input.cells(&item);
            cells.extend(named.then(|| item.clone()));
            cells.extend(own_cells(answer, split, &item, place));
            cells.push(split.to_owned());
            // Cells are written here, and none has a comma or a quotation mark.
            let _ = writeln!(labels, "{}", cells.join(","));
        }
        let name = |number: &str| {
            let item = format!("{split}-{number}");
            if named { item } else { input.cells(&item).concat() }
        };
        let _ = writeln!(trials, "{},{},1", name("1"), name("2"));
        let _ = writeln!(trials, "{},{},0", name("1"), name("3"));
    }
    let mut tables = vec![("labels.csv", labels)];
    if answer == Answer::Verification {
        tables.push(("trials.csv", trials));
    }
    tables
}

/// The columns that say what is true of an item.
fn own_columns(input: Input, answer: Answer) -> &'static [&'static str] {
    match answer {
        Answer::Classes | Answer::Multilabel => &["label"],
        Answer::Values => &["age", "height"],
        Answer::Boxes => &["label", "x", "y", "w", "h"],
        Answer::Mask => &["mask"],
        Answer::Transcript if input == Input::Text => &["label"],
        Answer::Transcript => &["text"],
        Answer::Verification => &[],
        Answer::Retrieval => &["role", "identity"],
        Answer::Segments => &["label", "start_s", "end_s"],
    }
}

/// What is in them for an item at a place of its split.
fn own_cells(answer: Answer, split: &str, item: &str, place: usize) -> Vec<String> {
    let class = ["cat", "dog", "cat"][place];
    let cells: &[&str] = match answer {
        Answer::Classes => &[class],
        Answer::Multilabel => &[["cat", "dog", "cat|dog"][place]],
        Answer::Values => &[["3", "1.5", "12"][place], ["0.3", "0.25", "0.4"][place]],
        Answer::Boxes => &[class, "0", "0", "10", "20"],
        Answer::Mask => return vec![format!("{item}.mask.png")],
        Answer::Transcript => &["what is said"],
        Answer::Verification => &[],
        // Who is asked for in one split is in no other.
        Answer::Retrieval => {
            let (role, who) = [("query", "ann"), ("gallery", "ann"), ("gallery", "ben")][place];
            return vec![role.to_owned(), format!("{split}-{who}")];
        }
        Answer::Segments => &[class, "0.5", "1"],
    };
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// What the tables mean, for people.
fn meaning(answer: Answer) -> &'static str {
    match answer {
        Answer::Classes => "`label` is the class.",
        Answer::Multilabel => "`label` lists the classes with bars between them; empty: none of them.",
        Answer::Values => "One column for each value, called by its name in task.toml.",
        Answer::Boxes => {
            "A row for each object: `label`, and `x`, `y` of its upper left corner, `w`, `h`, in pixels of the file. A row with the \
             file alone: no objects. COCO JSON is taken too: `labels = \"annotations.json\"` in task.toml."
        }
        Answer::Mask => {
            "`mask` is a PNG in media/, of the picture's size, whose gray level or palette index is the class; the highest level is \
             void."
        }
        Answer::Transcript => "The transcript is in `text`, or in `label` where models are given texts.",
        Answer::Verification => {
            "trials.csv lists the pairs: `target` is 1 where both show the same. Both are in one split."
        }
        Answer::Retrieval => {
            "`role` is query or gallery; a query should find the gallery items of its split and `identity`. A column `camera` drops \
             what the query's own camera saw; relevance.csv (query,item,grade) may stand for identities."
        }
        Answer::Segments => {
            "A row for each event: `label`, `start_s`, `end_s`. A row with the file alone: no events."
        }
    }
}

/// Where files go.
pub(super) fn readme(task: &str, input: Input, answer: Answer) -> String {
    let (place, meaning) = (input.place(), meaning(answer));
    format!(
        "# A competition\n\nIn tasks/{task}/: {place}\n\n{meaning}\n\n`split` is sample (public, with labels), public or private \
         (both hidden). The rows that are there are examples.\n\n```sh\negret competition check .        # every problem, with file, \
         line and remedy\negret competition publish .      # seals on this machine, uploads, publishes\n```\n"
    )
}
