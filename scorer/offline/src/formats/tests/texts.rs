//! Kaldi, plain lines, and TREC.

use super::*;
use Format::{Kaldi, Lines, Trec};

#[test]
fn utterances_have_their_words() {
    let table = table(Kaldi, "transcript", "\u{feff}u1 a  b \r\nu2\nu3\tc\n\n", "u3 c\nu1\n");
    assert_eq!(column(&table, "ref"), json!(["a  b ", "", "c"]));
    assert_eq!(column(&table, "hyp"), json!(["", null, "c"]));
    for (labels, predictions, begin) in [
        ("u1 a\nu1 b\n", "u1 a\n", "labels, line 2: `u1` is there already"),
        ("u1 a\n", "u2 a\n", "predictions, line 1: `u2` is not among the labels; remove the line"),
        ("u1 a\n", "u1 a\nu1 a\n", "predictions, line 2: `u1` has a text already; keep one"),
    ] {
        let said = refused(Kaldi, "transcript", labels, predictions);
        assert!(said.starts_with(begin), "{said}");
    }
}

#[test]
fn lines_belong_together() {
    let table = table(Lines, "transcript", "a\n\n c", "A\nb\n\n");
    assert_eq!(
        (column(&table, "ref"), column(&table, "hyp")),
        (json!(["a", "", " c"]), json!(["A", "b", ""]))
    );
    assert!(
        refused(Lines, "transcript", "a\nb\n", "a\n")
            .starts_with("predictions: 1 lines, where the labels have 2")
    );
    let said = refused(Lines, "transcript", "a\n", "a\nb\n");
    assert!(said.starts_with("predictions, line 2: more lines than the 1 of the labels"), "{said}");
}

#[test]
fn a_folder_has_several_right_texts() {
    let folder = Folder::new();
    folder.write("refs/1.txt", "a\nb\n");
    folder.write("refs/0.txt", "x\ny\n");
    let predictions = folder.write("out.txt", "a\ny\n");
    let read = |name: &str, labels: &str| {
        super::read(suite(name).unwrap(), &folder.path(labels), &predictions, Lines, Map::new())
    };
    let table = read("mt", "refs").unwrap();
    assert_eq!(column(&table, "refs"), json!([["x", "a"], ["y", "b"]]));
    assert_eq!(column(&table, "hyp"), json!(["a", "y"]));
    assert_eq!(column(&read("caption", "refs/0.txt").unwrap(), "refs"), json!([["x"], ["y"]]));
    assert!(folder.said(read("transcript", "refs")).starts_with("refs: 2 files of references; give one"));
    folder.write("refs/2.txt", "a\n");
    assert!(folder.said(read("mt", "refs")).starts_with("refs/2.txt: 1 texts, where another file"));
    folder.write("refs/2.txt", "a\nb\nc\n");
    assert!(folder.said(read("mt", "refs")).starts_with("refs/2.txt, line 3: `3` is not in the other files"));
    fs::create_dir(folder.path("empty")).unwrap();
    assert!(folder.said(read("mt", "empty")).starts_with("empty: 0 files"));
}

#[test]
fn runs_of_queries() {
    let table = table(
        Trec,
        "retrieval",
        "q1 0 d1 2\r\nq1\t0\td2\t-1\nq2 0 d1 1\n",
        "q1 Q0 d2 1 1e-3 x\nq3 Q0 d1 1 nan x\n",
    );
    assert_eq!(column(&table, "qrels"), json!([{"d1": 2, "d2": -1}, {"d1": 1}, {}]));
    assert_eq!(column(&table, "run"), json!([[["d2", 0.001]], [], [["d1", "NaN"]]]));
    let labels = "q1 0 d1 1\n";
    for (labels, predictions, begin) in [
        ("q1 0 d1\n", "", "labels, line 1: 3 words; write `query 0 document grade`"),
        ("q1 0 d1 x\n", "", "labels, line 1: `x` is not a grade"),
        ("q1 0 d1 1\nq1 0 d1 1\n", "", "labels, line 2: `d1` is judged already for `q1`"),
        (labels, "q1 d1 1\n", "predictions, line 1: 3 words; write `query Q0 document rank score tag`"),
        (labels, "q1 Q0 d1 1 x t\n", "predictions, line 1: `x` is not a score"),
        (labels, "q1 Q0 d1 1 1 t\nq1 Q0 d1 2 1 t\n", "predictions, line 2: `d1` is listed already for `q1`"),
    ] {
        let said = refused(Trec, "retrieval", labels, predictions);
        assert!(said.starts_with(begin), "{said}");
    }
}
