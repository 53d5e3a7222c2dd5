//! What people write in tables: names for classes, numbers in quotes, gaps; and what is refused, where.

use std::collections::BTreeMap;

use egret_metrics::{MetricError, SUITES};
use egret_offline::{
    Table,
    suites::{ScoreError, Scored, example, score},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn table(settings: Value, columns: Value) -> Table {
    let of = |value: Value| value.as_object().unwrap().clone();
    let columns: BTreeMap<String, Vec<Value>> =
        of(columns).into_iter().map(|(name, cells)| (name, cells.as_array().unwrap().clone())).collect();
    let row_count = columns.values().next().map_or(0, Vec::len);
    Table { settings: of(settings), columns, row_count }
}

fn scored(suite: &str, ids: &[&str], table: &Table) -> Result<Scored, ScoreError> {
    score(suite, &ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(), table)
}

fn value(suite: &str, id: &str, settings: Value, columns: Value) -> Option<f64> {
    let scored =
        scored(suite, &[id], &table(settings, columns)).unwrap_or_else(|e| panic!("{suite}.{id}: {e}"));
    scored.finish().unwrap().values[0].value
}

fn told(suite: &str, id: &str, settings: Value, columns: Value) -> String {
    scored(suite, &[id], &table(settings, columns)).unwrap_err().to_string()
}

#[test]
fn classes_may_have_names_or_indices_in_quotes() {
    let right = |label: Value, pred: Value, settings: Value| {
        value("classification", "accuracy", settings, json!({"label": label, "pred": pred}))
    };
    assert_eq!(right(json!(["cat", "dog", "dog"]), json!(["cat", "cat", null]), json!({})), Some(1.0 / 3.0));
    assert_eq!(right(json!(["0", "1"]), json!([0, 1.0]), json!({})), Some(1.0));
    assert_eq!(right(json!(["b", "a"]), json!(["b", "b"]), json!({"classes": ["a", "b", "c"]})), Some(0.5));
    // A kappa by distance takes the classes in the order of the list, not of the alphabet.
    let qwk = |classes: Value| {
        let columns = json!({"label": ["low", "mid", "high"], "pred": ["low", "mid", "mid"]});
        value("classification", "qwk", json!({"classes": classes}), columns).unwrap()
    };
    assert!(qwk(json!(["low", "mid", "high"])) > qwk(json!(["mid", "low", "high"])));
}

#[test]
fn the_number_of_classes_is_read_from_the_table_where_it_is_not_given() {
    let columns = json!({"label": [0, 4], "pred": [0, 2]});
    assert_eq!(value("classification", "recall.macro", json!({}), columns.clone()), Some(0.2));
    assert_eq!(value("classification", "recall.macro", json!({"classes": 10}), columns.clone()), Some(0.1));
    let error = told("classification", "accuracy", json!({"classes": 4}), columns);
    assert_eq!(error, "row 2: label 4 is outside 0..4");
    let columns = json!({"label": [0, 1], "scores": [[0.5, 0.25, 0.25], null]});
    assert_eq!(value("classification", "recall.macro", json!({}), columns.clone()), Some(1.0 / 3.0));
    assert_eq!(value("classification", "top2.lowest_index", json!({}), columns), Some(0.5));
    let columns = json!({"gt": [[0, 3]], "pred": [[0, 3]], "h": [1], "w": [2]});
    assert_eq!(value("semantic_seg", "miou.absent_zero", json!({}), columns), Some(0.5));
}

#[test]
fn names_of_classes_are_listed_where_scores_are_in_their_order() {
    let columns = json!({"label": ["dog", "cat"], "scores": [["0.2", 0.8], [0.6, 0.4]]});
    let listed = json!({"classes": ["cat", "dog"]});
    assert_eq!(value("classification", "accuracy", listed, columns.clone()), Some(1.0));
    let error = told("classification", "accuracy", json!({}), columns.clone());
    assert_eq!(
        error,
        "setting `classes`: classes are named; list the names here, in the order of the scores"
    );
    let error = told("classification", "accuracy", json!({"classes": ["cat", "rat"]}), columns);
    assert_eq!(
        error,
        "row 1, column `label`: `dog` is unknown; name it in setting `classes`, or take it out"
    );
    let columns =
        json!({"labels": [["dog"], [], ["dog", "cat"]], "scores": [[0.1, 0.9], [0.2, 0.3], [0.6, 0.7]]});
    assert_eq!(
        value("multilabel", "subset_accuracy", json!({"classes": ["cat", "dog"]}), columns),
        Some(1.0)
    );
    let columns = json!({"label": ["fr", null], "scores": [[-1.0, 2.0], [-1.0, -2.0]]});
    assert_eq!(value("language_id", "accuracy", json!({"languages": ["en", "fr"]}), columns), Some(1.0));
}

#[test]
fn a_column_of_two_classes_may_be_written_in_many_ways() {
    let auc = |label: Value, score: Value, settings: Value| {
        value("binary", "roc_auc", settings, json!({"label": label, "score": score}))
    };
    assert_eq!(auc(json!([1, 0]), json!([0.9, 0.1]), json!({})), Some(1.0));
    assert_eq!(auc(json!(["1", "0"]), json!(["0.9", "0.1"]), json!({})), Some(1.0));
    assert_eq!(auc(json!([true, false]), json!([[0.1, 0.9], [0.9, 0.1]]), json!({})), Some(1.0));
    assert_eq!(
        auc(json!(["spoof", "bonafide"]), json!([0.1, 0.9]), json!({"positive": "bonafide"})),
        Some(1.0)
    );
    assert_eq!(auc(json!([1, 0]), json!([null, 0.1]), json!({})), Some(0.0));
    let error = told("binary", "roc_auc", json!({}), json!({"label": ["yes"], "score": [1]}));
    assert_eq!(error, "row 1, column `label`: \"yes\" is not 1, 0, true or false; write 1, 0, true or false");
}

#[test]
fn what_is_unknown_or_missing_is_said_with_what_there_is() {
    let columns = json!({"label": [1, 0], "score": [0.9, 0.1]});
    let plain = table(json!({}), columns.clone());
    assert!(
        scored("binaries", &["roc_auc"], &plain)
            .unwrap_err()
            .to_string()
            .contains("there are classification, ")
    );
    assert!(told("binary", "auc", json!({}), columns.clone()).contains("binary has roc_auc, "));
    let error = told("binary", "roc_auc", json!({"positiv": 1}), columns.clone());
    assert_eq!(error, "setting `positiv`: it is unknown; binary has positive");
    let error = told("transcript", "wer", json!({}), columns.clone());
    assert_eq!(error, "column `hyp`: it is missing; name one of these so: label, score");
    let error = told("keyword_spotting", "mtwv", json!({}), columns);
    assert!(error.starts_with("setting `duration_s`: it is missing; give it: how long"), "{error}");
    assert!(scored("binary", &[], &plain).unwrap_err().to_string().contains("no metric is named"));
    assert!(scored("binary", &["binary.roc_auc", "brier"], &plain).is_ok());
    assert!(scored("binary", &["verification.roc_auc"], &plain).is_err());
    let uneven = Table { row_count: 3, ..plain };
    let error = scored("binary", &["roc_auc"], &uneven).unwrap_err().to_string();
    assert_eq!(error, "column `score`: 2 cells for 3 rows; give one cell per row");
}

#[test]
fn an_image_has_one_row() {
    let image = json!({"id": 7, "w": 10, "h": 10});
    let columns = json!({"image": [image, image], "gts": [[], []], "dets": [[], null]});
    let error = told("coco_bbox", "AP", json!({}), columns);
    assert_eq!(error, "row 2, column `image`: `7` has a row already; give each one row");
    let columns = json!({"image": ["a", "a"], "gts": [[], []], "dets": [[], []]});
    assert!(told("voc_detection", "mAP.area", json!({}), columns).contains("`a` has a row already"));
}

#[test]
fn names_without_a_list_are_good_for_one_piece_and_listed_ones_for_many() {
    let part = |keyword: &str, settings: Value| {
        let columns = json!({"keyword": [keyword], "is_target": [1], "score": [0.5]});
        scored("keyword_spotting", &["mtwv"], &table(settings, columns)).unwrap()
    };
    let listed = json!({"duration_s": 3600, "keywords": ["egret", "heron"]});
    let mut whole = part("egret", listed.clone());
    whole.merge(&part("heron", listed)).unwrap();
    assert_eq!((whole.finish().unwrap().item_count, whole.finish().unwrap().values[0].value), (2, Some(1.0)));
    assert_eq!(whole.merge(&part("egret", json!({"duration_s": 3600}))), Err(MetricError::Incompatible));
    let other = table(json!({}), json!({"label": [1], "score": [0.5]}));
    assert_eq!(whole.merge(&scored("binary", &["brier"], &other).unwrap()), Err(MetricError::Incompatible));
    assert!(whole.read(&[]).is_err());
}

#[test]
fn a_gallery_is_measured_by_distance_and_what_is_nobodys_does_not_count() {
    let settings = json!({"gallery_pid": ["ann", "bob", -1, "ann"], "gallery_cam": [1, 1, 1, 2]});
    // The nearest was seen by the same camera, the next is nobody, the third is right.
    let columns = json!({"pid": ["ann"], "cam": [1], "dist": [[0.1, 0.4, 0.2, 0.3]]});
    assert_eq!(value("retrieval", "cmc@1", settings.clone(), columns), Some(1.0));
    let columns = json!({"pid": ["ann"], "cam": [1], "dist": [[0.1, 0.4]]});
    assert!(told("retrieval", "cmc@1", settings, columns.clone()).contains("2 distances to a gallery of 4"));
    assert!(told("retrieval", "cmc@1", json!({}), columns).contains("setting `gallery_cam`: it is missing"));
}

/// Any value of a few kinds, such as stand in tables and such as do not.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..300).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z0-9]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("id|bbox|score|points|counts", inner, 0..3)
                .prop_map(|parts| Value::Object(parts.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn an_example_with_any_cell_in_it_gives_a_score_or_an_error(
        suite in prop::sample::select(SUITES.map(|suite| suite.name).to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_value()), 1..3),
        setting in prop::option::of((any::<prop::sample::Index>(), any_value())),
    ) {
        let suite = egret_metrics::suite(suite).unwrap();
        let (mut table, values) = example(suite).unwrap();
        let ids: Vec<String> = values.into_iter().map(|(id, _)| id).collect();
        for (at, value) in changes {
            let mut cells: Vec<&mut Value> = table.columns.values_mut().flatten().collect();
            let at = at.index(cells.len());
            *cells[at] = value;
        }
        if let Some((at, value)) = setting.filter(|_| !suite.settings.is_empty()) {
            let name = suite.settings[at.index(suite.settings.len())].name;
            table.settings.insert(name.to_owned(), value);
        }
        match score(suite.name, &ids, &table) {
            Ok(state) => prop_assert_eq!(state.read(&state.to_bytes()).unwrap().to_bytes(), state.to_bytes()),
            Err(error) => prop_assert!(!error.to_string().is_empty() && !error.code().is_empty()),
        }
    }
}
