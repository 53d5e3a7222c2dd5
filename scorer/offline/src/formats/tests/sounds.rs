//! RTTM, sed_eval, verification trials and ActivityNet.

use super::*;
use Format::{ActivityNet, Rttm, Sed, Trials};

const TURNS: &str = ";; a comment\nSPKR-INFO a 1 <NA> <NA> <NA> unknown x\nSPEAKER a 1 2.7 3.94 <NA> <NA> ann <NA> <NA>\r\n\
SPEAKER b 1 0 1.5 <NA> <NA> bob\n";

#[test]
fn turns_end_where_their_decimals_do() {
    let table = table(Rttm, "diarization", TURNS, "SPEAKER a 1 0.0 8 <NA> <NA> x <NA> <NA>\n");
    assert_eq!(column(&table, "ref"), json!([[[2.7, 6.64, "ann"]], [[0.0, 1.5, "bob"]]]));
    assert_eq!(column(&table, "hyp"), json!([[[0.0, 8.0, "x"]], []]));
    assert_eq!(column(&table, "duration"), json!([8.0, 1.5]));
}

#[test]
fn lengths_of_recordings_are_told_by_a_uem_file_or_a_setting() {
    let folder = Folder::new();
    let uem = folder.write("all.uem", ";; c\nc 1 0.00 30\nb 1 0 20.5\n");
    let settings = json!({"uem": uem, "duration": 12});
    let table = read_with(Rttm, "diarization", TURNS, "SPEAKER c 1 1 1 <NA> <NA> x\n", settings).unwrap();
    assert_eq!(column(&table, "duration"), json!([30.0, 20.5, 12.0]));
    assert_eq!(table.columns["ref"][0], json!([]));
    assert!(table.settings.is_empty());
    for (text, what) in [
        ("a 1 5 30", "a stretch that does not begin at 0"),
        ("a 1 0 30\na 1 0 40", "`a` has a length already"),
        ("a 1 0", "3 words; write `file 1 0 end`"),
    ] {
        let settings = json!({"uem": folder.write("bad.uem", text)});
        let said = read_with(Rttm, "diarization", TURNS, "", settings).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    }
    for settings in [json!({"uem": 1}), json!({"duration": -1}), json!({"duration": "x"})] {
        assert!(
            read_with(Rttm, "diarization", TURNS, "", settings).unwrap_err().place.starts_with("setting ")
        );
    }
}

#[test]
fn turns_that_are_none() {
    for (line, begin) in [
        ("SPEAKER a 1 2.7", "labels, line 1: 4 words; write `SPEAKER file 1 start duration"),
        ("SPEAKER a 1 x 1 <NA> <NA> s", "labels, line 1: `x` is not a start"),
        ("SPEAKER a 1 1 -1 <NA> <NA> s", "labels, line 1: a duration below 0"),
        ("hello", "labels, line 1: 1 words"),
    ] {
        let said = refused(Rttm, "diarization", line, "");
        assert!(said.starts_with(begin), "{said}");
    }
    let said = refused(Rttm, "diarization", TURNS, "SPEAKER z 1 0 1 <NA> <NA> s\n");
    assert!(said.starts_with("predictions, line 1: `z` is not among the labels"), "{said}");
}

#[test]
fn sounds_of_recordings() {
    let truth = "filename\tonset\toffset\tevent_label\na.wav\t1\t2.5\tdog bark\nb.wav\t\t\t\nc.wav\r\na.wav\t0\t4\talarm\n";
    let found = "a.wav\t1\t6\tcar\n";
    let table = read_with(Sed, "sound_event", truth, found, json!({"collar": 0.5})).unwrap();
    assert_eq!(column(&table, "ref"), json!([[["dog bark", 1.0, 2.5], ["alarm", 0.0, 4.0]], [], []]));
    assert_eq!(column(&table, "est"), json!([[["car", 1.0, 6.0]], [], []]));
    assert_eq!(column(&table, "duration"), json!([6.0, 0.0, 0.0]));
    assert_eq!(table.settings, object(json!({"collar": 0.5})));

    let folder = Folder::new();
    let lengths = folder.write("lengths.tsv", "filename\tduration\nb.wav\t30\n");
    let settings = json!({"durations": lengths, "duration": 10, "labels": ["x"]});
    let table = read_with(Sed, "sound_event", truth, found, settings).unwrap();
    assert_eq!(column(&table, "duration"), json!([10.0, 30.0, 10.0]));
    assert_eq!(table.settings, object(json!({"labels": ["x"]})));

    for (line, begin) in [
        ("a 1 2 x y", ""),
        ("a\t1\t2", "labels, line 1: 3 cells; write file, onset, offset and label"),
        ("a\t1\tx\tdog", "labels, line 1: `x` is not a offset"),
        ("a\t2\t1\tdog", "labels, line 1: an event without a label, or that ends before it begins"),
        ("\t2\t1\tdog", "labels, line 1: no file"),
    ] {
        if !begin.is_empty() {
            let said = refused(Sed, "sound_event", line, "");
            assert!(said.starts_with(begin), "{said}");
        }
    }
    assert!(
        refused(Sed, "sound_event", truth, "z\t1\t2\tdog\n")
            .starts_with("predictions, line 1: `z` is not among")
    );
    for (text, what) in
        [("a 1", "no tab"), ("a\t1\na\t2", "`a` has a length already"), ("a\tx", "not a duration")]
    {
        let settings = json!({"durations": folder.write("bad.tsv", text)});
        let said = read_with(Sed, "sound_event", truth, found, settings).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn trials_of_either_kind() {
    let scores = "c d -inf\na b 0.5\n";
    for labels in ["1 a b\r\n0 c d\r\n1 c e\r\n", "a b target\nc d nontarget\n\nc e target\n"] {
        let table = table(Trials, "verification", labels, scores);
        assert_eq!(column(&table, "label"), json!([1, 0, 1]));
        assert_eq!(column(&table, "score"), json!([0.5, "-Infinity", null]));
    }
    let labels = "1 a b\n0 c d\n";
    for (labels, predictions, begin) in [
        ("a b c\n", "", "labels, line 1: neither 0 or 1 first"),
        ("1 a\n", "", "labels, line 1: 2 words; write `1 a b`"),
        ("1 a b\n0 a b\n", "", "labels, line 2: the trial `a b` is there already"),
        ("", "", "labels: no trials"),
        (labels, "a b x\n", "predictions, line 1: `x` is not a score"),
        (labels, "a c 1\n", "predictions, line 1: the trial `a c` is not among the labels"),
        (labels, "a b 1\na b 1\n", "predictions, line 2: the trial `a b` has a score already"),
    ] {
        let said = refused(Trials, "verification", labels, predictions);
        assert!(said.starts_with(begin), "{said}");
    }
}

const DATABASE: &str = r#"{"version": "1", "database": {
  "v_b": {"subset": "validation", "duration": 30.5, "annotations": [{"label": "run", "segment": [1, 2.5]}]},
  "v_a": {"subset": "validation", "annotations": []},
  "v_c": {"subset": "training", "annotations": [{"label": "jump", "segment": [3, 4]}]}}}"#;

#[test]
fn segments_of_videos() {
    let results = r#"{"results": {"v_b": [{"label": "run", "score": 0.5, "segment": [1, 3]}], "v_c": []}}"#;
    let table = table(ActivityNet, "temporal_localisation", DATABASE, results);
    assert_eq!(column(&table, "video"), json!(["v_a", "v_b", "v_c"]));
    let truth = json!([[], [{"label": "run", "segment": [1, 2.5]}], [{"label": "jump", "segment": [3, 4]}]]);
    assert_eq!(column(&table, "gts"), truth);
    let found = json!([[], [{"label": "run", "segment": [1, 3], "score": 0.5}], []]);
    assert_eq!(column(&table, "preds"), found);
    assert!(table.settings.is_empty());
    let read = |subset: &str, results: &str| {
        read_with(ActivityNet, "temporal_localisation", DATABASE, results, json!({"subset": subset}))
    };
    let table = read("validation", results).unwrap();
    assert_eq!(column(&table, "video"), json!(["v_a", "v_b"]));
    assert!(read("testing", results).unwrap_err().what.contains("no video is of the subset"));
    for (results, begin) in [
        (r#"{"results": {"v_z": []}}"#, "predictions, results: the video `v_z` is not in the database"),
        (r#"{"results": []}"#, "predictions: it has no object `results`"),
        (r#"{"results": {"v_b": 1}}"#, "predictions, results, v_b[0]: it is in no list"),
        (r#"{"results": {"v_b": [4]}}"#, "predictions, results, v_b[0]: it has no `label`"),
        (
            r#"{"results": {"v_b": [{"segment": [1, 2], "score": 1}]}}"#,
            "predictions, results, v_b[0]: it has no `label`",
        ),
        (
            r#"{"results": {"v_b": [{"segment": [1, 2], "label": 1}]}}"#,
            "predictions, results, v_b[0]: it has no `score`",
        ),
    ] {
        let said = refused(ActivityNet, "temporal_localisation", DATABASE, results);
        assert!(said.starts_with(begin), "{said}");
    }
    assert!(
        refused(ActivityNet, "temporal_localisation", "7", "{}")
            .starts_with("labels: it has no object `database`")
    );
    let odd = r#"{"database": {"10": 4, "9": []}}"#;
    let odd = super::table(ActivityNet, "temporal_localisation", odd, r#"{"results": {}}"#);
    assert_eq!((column(&odd, "video"), column(&odd, "gts")), (json!(["10", "9"]), json!([[], []])));
}
