//! Any bytes make a table or an error, in every format.

use proptest::prelude::*;

use super::source::Source;
use super::*;

/// Every format with every suite that it fits.
fn every() -> Vec<(Format, &'static egret_metrics::SuiteInfo)> {
    let fitting = |format: Format| {
        egret_metrics::SUITES
            .into_iter()
            .filter(move |suite| format.fits(suite))
            .map(move |suite| (format, suite))
    };
    Format::ALL.into_iter().flat_map(fitting).collect()
}

/// Reads bytes as both files, or as the one file of each folder, and looks at what came of it.
fn try_all(labels: &[u8], predictions: &[u8]) {
    let folder = Folder::new();
    let files = (folder.write("l/gt_1.txt", labels), folder.write("p/res_1.txt", predictions));
    // What a folder holds is found under one name in both.
    fs::write(folder.path("p/1.txt"), predictions).unwrap();
    fs::remove_file(folder.path("p/res_1.txt")).unwrap();
    let files = (files.0, folder.path("p/1.txt"));
    for (format, suite) in every() {
        let (labels, predictions) = match format {
            Format::Icdar => (folder.path("l"), folder.path("p")),
            _ => files.clone(),
        };
        let settings = object(json!({"duration": 3, "labels": ["a"]}));
        match super::read(suite, &labels, &predictions, format, settings) {
            Ok(table) => {
                assert!(table.columns.values().all(|cells| cells.len() == table.row_count));
                assert!(
                    !table.settings.contains_key("duration") || !matches!(format, Format::Rttm | Format::Sed)
                );
            }
            Err(error) => {
                assert!(
                    !error.place.is_empty() && !error.what.is_empty() && !error.remedy.is_empty(),
                    "{error}"
                );
            }
        }
        let _ = Format::detect(&labels, &predictions, suite);
    }
}

/// Pieces that come far into the parsers.
const PIECES: [&str; 32] = [
    "id",
    "label",
    "score",
    "scores_0",
    "scores_1",
    "dets",
    "gts",
    "a",
    "b",
    "q",
    "0",
    "1",
    "-1",
    "1.5",
    "nan",
    "1e999",
    ",",
    ",",
    ",",
    " ",
    " ",
    "\t",
    "\n",
    "\n",
    "\r\n",
    "\"",
    "[",
    "]",
    "SPEAKER a 1 0 1 <NA> <NA> x",
    "{\"id\": 1, \"label\": [1], \"score\": null}",
    "1,2,3,4,5,6,7,8,t",
    "target",
];

/// Names that formats ask for.
const NAMES: [&str; 21] = [
    "images",
    "annotations",
    "categories",
    "id",
    "image_id",
    "category_id",
    "bbox",
    "score",
    "database",
    "results",
    "a",
    "subset",
    "segment",
    "label",
    "settings",
    "gts",
    "video",
    "image",
    "scores",
    "labels",
    "width",
];

/// JSON values of these names.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!(1)),
        Just(json!(-0.5)),
        Just(json!("a")),
        Just(json!(true)),
        Just(json!([1, 2])),
        Just(json!([1, 2, 3, 4])),
        Just(json!(u64::MAX)),
        Just(json!(1e308)),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(&NAMES[..]), inner), 0..6).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn of_any_bytes(labels in prop::collection::vec(any::<u8>(), 0..64), found in prop::collection::vec(any::<u8>(), 0..64)) {
        try_all(&labels, &found);
    }

    #[test]
    fn of_any_words(
        labels in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24),
        found in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24),
    ) {
        try_all(labels.concat().as_bytes(), found.concat().as_bytes());
        try_all(labels.concat().as_bytes(), labels.concat().as_bytes());
    }

    #[test]
    fn of_any_json(labels in document(), found in document(), head in 0..4) {
        let database = json!({"database": labels, "images": labels, "annotations": found, "categories": labels});
        let labels = if head == 0 { labels } else { database };
        let found = if head == 1 { json!({"results": found}) } else { found };
        try_all(labels.to_string().as_bytes(), found.to_string().as_bytes());
    }

    #[test]
    fn lines_are_the_same_with_either_end(lines in prop::collection::vec("[a-z ]{0,8}", 0..6)) {
        let source = |text: String| Source::of_bytes("f".into(), text.into_bytes(), &LIMITS).unwrap();
        let plain = source(lines.concat() + &lines.join("\n") + "\n");
        let other = source(format!("\u{feff}{}{}\r\n", lines.concat(), lines.join("\r\n")));
        let texts = |source: &Source| source.lines().map(|line| line.unwrap().text.to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(texts(&plain), texts(&other));
    }
}
