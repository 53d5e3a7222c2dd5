//! `egret metrics` and `egret metric show`, which need no server: they read what is linked into the binary.

use std::process::{Command, Output};

use serde_json::Value;

fn egret(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_egret"));
    // A server that is not there: nothing is to ask it.
    command.args(arguments).env("EGRET_SERVER", "http://127.0.0.1:9").output().unwrap()
}

fn told(arguments: &[&str]) -> String {
    let output = egret(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Vec<Value> {
    let text = told(&[arguments, &["--output", "json"]].concat());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn people_get_a_table() {
    let text = told(&["metrics", "--suite", "transcript"]);
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap().split_whitespace().collect::<Vec<_>>(),
        ["METRIC", "TITLE", "BETTER", "RANGE"]
    );
    let wer = lines.find(|line| line.starts_with("transcript.wer ")).unwrap();
    assert!(wer.ends_with("lower   0 to inf"), "{wer}");
}

#[test]
fn programs_get_the_messages_of_the_api() {
    let all = json(&["metrics"]);
    assert_eq!(all.len(), 30);
    let boxes = json(&["metrics", "--answer", "boxes"]);
    assert!(boxes.iter().all(|suite| suite["answers"].as_array().unwrap().contains(&"boxes".into())));
    assert!(!boxes.is_empty() && boxes.len() < all.len());
    let sounds = json(&["metrics", "--modality", "audio"]);
    assert!(!sounds.is_empty() && sounds.iter().all(|suite| suite["modality"] == "audio"));
    assert_eq!(json(&["metrics", "--suite", "mt", "--modality", "audio"]), Vec::<Value>::new());
    let metric = &json(&["metric", "show", "TOP3.sklearn"])[0]["metrics"];
    assert_eq!(metric.as_array().unwrap().len(), 1);
    assert_eq!(metric[0]["full_name"], "classification.top{k}.{tie_rule}");
    assert_eq!(metric[0]["direction"], "HIGHER_IS_BETTER");
    assert_eq!((&metric[0]["minimum"], &metric[0]["maximum"]), (&0.0.into(), &1.0.into()));
}

#[test]
fn everything_of_a_metric_is_shown() {
    let text = told(&["metric", "show", "f0.5.WEIGHTED"]);
    for part in [
        "metric         classification.f{beta}.{average}\n",
        "with defaults  f1.macro\n",
        "as asked       f0.5.weighted: F0.5, weighted\n",
        "suite          classification: One class per item; items: any\n",
        "range          0 to 1, higher is better\n",
        "\nformula        ",
        "\nreference      ",
        "\nties, missing  ",
        "\nparameters     average = macro: micro: from the summed counts;",
        "\n               beta = 1: weight of recall; 0.1 to 10\n",
        "\nlabels         label: the class, an index from 0 or a name\n",
        "\nsettings       classes: how many classes",
        "\nscores         tasks with the answer classes\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(!text.contains("tie_rule"), "another metric's parameter:\n{text}");
    let three = told(&["metric", "show", "coco.ap"]);
    assert_eq!(three.lines().filter(|line| line.starts_with("metric ")).count(), 3, "{three}");
    assert!(told(&["metric", "show", "si_sdr.si_sdr"]).contains("scores         files only: egret score\n"));
}

#[test]
fn a_name_that_fits_nothing_leads_to_the_nearest() {
    let output = egret(&["metric", "show", "verification.eer.roch"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{error}");
    assert!(error.contains("there is no metric `verification.eer.roch`"), "{error}");
    assert!(error.contains("the nearest are verification.eer.rocch, "), "{error}");
    let output = egret(&["metrics", "--suite", "beauty"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the suites are classification, "));
}
