//! CSV and JSON: joining, cells, columns that are spread.

use super::*;
use Format::{Csv, Json};

#[test]
fn rows_are_joined_by_id_in_the_order_of_the_labels() {
    let labels = "id,label,note\r\na,1,x\r\n007,0,\"y, z\"\r\nc,1,\r\n";
    for (format, labels, predictions) in [
        (Csv, labels, "score,id\n.5,c\n0.25,007\n"),
        (Csv, "\u{feff}id,label\n\"a\",1\n007,0\n\nc,1\n", "id , score\nc,0.5\n007,0.25\n"),
        (
            Json,
            "{\"id\": \"a\", \"label\": 1}\r\n\n{\"id\": \"007\", \"label\": 0}\n{\"id\": \"c\", \"label\": 1}",
            r#"[{"id": "c", "score": 0.5}, {"score": 0.25, "id": "007"}]"#,
        ),
    ] {
        let table = table(format, "binary", labels, predictions);
        assert_eq!(column(&table, "label"), json!([1, 0, 1]));
        assert_eq!(column(&table, "score"), json!([null, 0.25, 0.5]));
        assert_eq!(table.columns.len(), 2);
    }
    // A name may be a number in one file and a text in the other.
    let table = table(Json, "binary", r#"{"id": 7, "label": 1}"#, r#"{"id": "7", "score": "NaN"}"#);
    assert_eq!(column(&table, "score"), json!(["NaN"]));
}

#[test]
fn what_joins_is_the_first_of_id_file_and_item() {
    let table = table(Csv, "binary", "item,id,label\nx,1,1\ny,2,0\n", "item,id,score\nx,2,0.2\ny,1,0.1\n");
    assert_eq!(column(&table, "score"), json!([0.1, 0.2]));
    let said = refused(Csv, "binary", "id,label\n1,1\n", "file,score\n1,0.5\n");
    assert_eq!(
        said,
        "predictions: it has no `id`, which the other file has; give both files `id`, or neither"
    );
    let said = refused(Csv, "binary", "label\n1\n", "item,score\n1,0.5\n");
    assert!(said.starts_with("labels: it has no `item`"), "{said}");
}

#[test]
fn without_a_name_rows_are_joined_by_position() {
    let table = table(Csv, "regression", "target\n1\n2\n", "pred\n1.5\ninf\n");
    assert_eq!(column(&table, "pred"), json!([1.5, "Infinity"]));
    let said = refused(Csv, "regression", "target\n1\n2\n", "pred\n1.5\n");
    assert!(said.starts_with("predictions: 1 rows, where "), "{said}");
    assert!(
        said.ends_with(" has 2; give both files a column `id`, or as many rows in the same order"),
        "{said}"
    );
}

#[test]
fn items_are_named_once_and_known() {
    let labels = "id,label\na,1\nb,0\n";
    for (labels, predictions, begin) in [
        (labels, "id,score\na,1\nx,0\n", "predictions, line 3: `x` is not among the labels; remove the row"),
        (labels, "id,score\na,1\nb,0\na,1\n", "predictions, line 4: `a` is there already, at "),
        ("id,label\na,1\na,0\n", "id,score\na,1\n", "labels, line 3: `a` is there already, at "),
        ("id,label\n,1\n", "id,score\na,1\n", "labels, line 2: `id` is neither a text nor a number"),
    ] {
        let said = refused(Csv, "binary", labels, predictions);
        assert!(said.starts_with(begin), "{said}");
    }
    let said = refused(Json, "binary", r#"{"id": [1], "label": 1}"#, r#"{"id": 1, "score": 1}"#);
    assert!(said.starts_with("labels, line 1: `id` is neither"), "{said}");
}

#[test]
fn one_file_has_labels_and_predictions() {
    let folder = Folder::new();
    for suite in egret_metrics::SUITES {
        let path = folder.write("example.jsonl", suite.example);
        let format = Format::detect(&path, &path, suite).unwrap();
        let table = super::read(suite, &path, &path, format, Map::new());
        let table = table.unwrap_or_else(|error| panic!("{}: {error}", suite.name));
        let rows = suite.example.lines().filter(|line| !line.starts_with(r#"{"settings""#)).count();
        assert_eq!((table.row_count, table.columns.is_empty()), (rows, false), "{}", suite.name);
    }
    let path = folder.write("both.csv", "id,label,score\na,1,0.5\nb,0,\n");
    let table = super::read(suite("binary").unwrap(), &path, &path, Csv, Map::new()).unwrap();
    assert_eq!(column(&table, "score"), json!([0.5, null]));
    let path = folder.write("both.csv", "id,label,score\na,1,0.5\na,0,\n");
    let said = folder.said(super::read(suite("binary").unwrap(), &path, &path, Csv, Map::new()));
    assert!(said.starts_with("both.csv, line 3: `a` is there already"), "{said}");
}

#[test]
fn columns_that_nobody_reads_are_left_and_others_must_be_there() {
    for (format, labels, predictions) in
        [(Csv, "label\n1\n", "scoer\n1\n"), (Json, r#"{"label": 1}"#, r#"{"scoer": 1}"#)]
    {
        let said = refused(format, "binary", labels, predictions);
        assert!(said.starts_with("predictions: none of `score` is there; name the columns so"), "{said}");
    }
    let said = refused(Csv, "classification", "truth\n1\n", "pred\n1\n");
    assert!(said.starts_with("labels: none of `label` is there"), "{said}");
}

#[test]
fn texts_stay_texts() {
    let table =
        table(Csv, "transcript", "id,ref\n1,42\n2,nan\n3,\" a, b\"\n4,\n", "id,hyp\n1,[1]\n2,\n3,inf\n");
    assert_eq!(column(&table, "ref"), json!(["42", "nan", " a, b", ""]));
    assert_eq!(column(&table, "hyp"), json!(["[1]", "", "inf", null]));
    let table = super::table(Csv, "mt", "refs\n\"[\"\"a\"\", \"\"b\"\"]\"\n[1]\n", "hyp\n1\n2\n");
    assert_eq!(column(&table, "refs"), json!([["a", "b"], ["[1]"]]));
    let table = super::table(Csv, "mt", "refs_0,refs_1\na,b\nc,\n", "hyp\n1\n2\n");
    assert_eq!(column(&table, "refs"), json!([["a", "b"], ["c"]]));
    let spotted = super::table(Csv, "keyword_spotting", "keyword,is_target\n42,1\n", "score\n0.5\n");
    assert_eq!(column(&spotted, "keyword"), json!(["42"]));
}

#[test]
fn scores_may_be_spread_over_columns() {
    let labels = "id,label\na,1\nb,0\nc,1\n";
    for header in ["scores_0,scores_1", "score_0,score_1"] {
        let predictions = format!("id,{header}\na,0.25,0.75\nb,nan,1\nc,,\n");
        let table = table(Csv, "classification", labels, &predictions);
        assert_eq!(column(&table, "scores"), json!([[0.25, 0.75], ["NaN", 1], null]));
    }
    let table = table(Csv, "regression", "target_0,target_1\n1,2\n", "pred\n\"[3, 4]\"\n");
    assert_eq!((column(&table, "target"), column(&table, "pred")), (json!([[1, 2]]), json!([[3, 4]])));
    for header in ["score_1,score_2", "score_0,score_2", "score_1,score_0"] {
        let said = refused(Csv, "classification", labels, &format!("id,{header}\na,1,2\n"));
        assert!(said.contains("are not all there in this order; number them from 0 without gaps"), "{said}");
    }
    let said = refused(Csv, "classification", labels, "id,scores,scores_0\na,1,2\n");
    assert!(said.starts_with("predictions, line 1: `scores` and `scores_0`; keep one"), "{said}");
}

#[test]
fn scores_may_stand_under_the_names_of_classes() {
    let predictions = "id,cat,dog\na,0.25,0.75\nb,1,0\n";
    let table = table(Csv, "classification", "id,label\na,dog\nb,cat\nc,dog\n", predictions);
    assert_eq!(column(&table, "label"), json!([1, 0, 1]));
    assert_eq!(column(&table, "scores"), json!([[0.25, 0.75], [1, 0], null]));
    assert_eq!(table.settings, object(json!({"classes": 2})));
    // Indices are indices where no class is called so.
    let table = super::table(Csv, "classification", "id,label\na,1\nb,0\n", predictions);
    assert_eq!(column(&table, "label"), json!([1, 0]));
    let table = super::table(Csv, "classification", "id,label\na,1\nb,0\n", "id,1,0\na,0.9,0.1\nb,0.2,0.8\n");
    assert_eq!(column(&table, "label"), json!([0, 1]));
    let said = refused(Csv, "classification", "id,label\na,bird\n", predictions);
    assert!(said.starts_with("labels, line 2: no column is named after the class \"bird\""), "{said}");
    let said = refused(Csv, "classification", "id,label\na,dog\n", "id,path,cat\na,x.png,1\n");
    assert!(
        said.starts_with("predictions, line 2: `x.png` in the column `path` is not the number"),
        "{said}"
    );

    let labels = "id,cat,dog,owl\na,1,0,0\nb,0,1,1\n";
    let table = super::table(Csv, "multilabel", labels, "id,owl,cat,dog\na,0.1,0.2,0.3\nb,0.4,0.5,0.6\n");
    assert_eq!(column(&table, "labels"), json!([[1, 0, 0], [0, 1, 1]]));
    assert_eq!(column(&table, "scores"), json!([[0.2, 0.3, 0.1], [0.5, 0.6, 0.4]]));
    assert_eq!(table.settings["classes"], 3);
    let settings = json!({"classes": ["dog", "owl", "cat"]});
    let listed =
        read_with(Csv, "multilabel", labels, "id,owl,cat,dog\nb,0.4,0.5,0.6\n", settings.clone()).unwrap();
    assert_eq!(column(&listed, "labels"), json!([[0, 0, 1], [1, 1, 0]]));
    assert_eq!(column(&listed, "scores"), json!([null, [0.6, 0.4, 0.5]]));
    let named = "id,owl,cat,dog\na,0.1,0.2,0.3\n";
    let listed = read_with(Csv, "classification", "id,label\na,owl\n", named, settings.clone()).unwrap();
    assert_eq!(
        (column(&listed, "label"), column(&listed, "scores")),
        (json!(["owl"]), json!([[0.3, 0.1, 0.2]]))
    );
    assert_eq!(listed.settings, object(settings));
    for header in ["owl,cat,elk", "owl,cat"] {
        let cells = header.replace(|letter: char| letter != ',', "").replace(',', ",1");
        let said = refused(Csv, "multilabel", labels, &format!("id,{header}\na,1{cells}\n"));
        assert!(said.starts_with("predictions, line 1: its classes are not those of the labels"), "{said}");
    }
}

#[test]
fn settings_stand_first_and_the_callers_win() {
    let labels = "{\"settings\": {\"classes\": 3, \"threshold\": 0.25}}\n{\"labels\": [1, 0, 0]}\n";
    let array = r#"[{"settings": {"classes": 3, "threshold": 0.25}}, {"labels": [1, 0, 0]}]"#;
    let predictions = r#"{"scores": [0.5, 0.5, 0.5]}"#;
    for labels in [labels, array] {
        let table = read_with(Json, "multilabel", labels, predictions, json!({"threshold": 0.5})).unwrap();
        assert_eq!(table.settings, object(json!({"classes": 3, "threshold": 0.5})));
        assert_eq!(table.row_count, 1);
    }
    let own = "{\"settings\": {\"classes\": 4}}\n{\"scores\": [1]}\n";
    let said = refused(Json, "multilabel", labels, own);
    assert_eq!(said, "predictions: it has settings of its own; settings belong into the file of the labels");
    let said = refused(Json, "multilabel", "{\"settings\": 3}", predictions);
    assert!(said.starts_with("labels, line 1: the settings are not an object"), "{said}");
}

#[test]
fn what_is_no_table_is_refused_with_its_line() {
    for (labels, begin) in [
        ("", "labels: none of `label`"),
        ("id,label\na\n", "labels, line 2: 1 cells, where the header has 2; quote cells"),
        ("id,id\n1,2\n", "labels, line 1: two columns `id`"),
    ] {
        let said = refused(Csv, "binary", labels, "id,score\na,1\n");
        assert!(said.starts_with(begin) || labels.is_empty(), "{said}");
    }
    for (labels, begin) in [
        ("{\"label\": 1}\n{\"label\": NaN}\n", "labels, line 2: it is not JSON"),
        ("{\"label\": 1}\n[1]\n", "labels, line 2: it is not an object"),
        ("[1]", "labels, entry 1: it is not an object"),
        ("[{\"label\": 1},\n{]", "labels, line 2: it is not JSON"),
    ] {
        let said = refused(Json, "binary", labels, r#"{"score": 1}"#);
        assert!(said.starts_with(begin), "{said}");
    }
    let folder = Folder::new();
    let path = folder.write("latin.csv", b"label,score\n1,0.5\n1,\xe9\n");
    let said = folder.said(super::read(suite("binary").unwrap(), &path, &path, Csv, Map::new()));
    assert_eq!(said, "latin.csv, line 3: it is not UTF-8; save the file as UTF-8");
    let path = folder.write("tabs.tsv", "label\tscore\n1\t0.5\n");
    let table = super::read(suite("binary").unwrap(), &path, &path, Csv, Map::new()).unwrap();
    assert_eq!(column(&table, "score"), json!([0.5]));
}
