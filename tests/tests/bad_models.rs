//! Models that are wrong in ordinary ways: each is told why and what to do, and none costs a submission.

use std::{fs, path::Path};

use anyhow::Result;
use egret_onnx::{
    DType,
    build::{Graph, Linear},
};
use egret_tests::{Actor, Brightness, Database, Site, bright, heavy, path, unmeasured};
use serde_json::{Value, json};

const TASK: &str = "brightness/squares";

/// A model, and what its team must be told.
struct Bad {
    what: &'static str,
    file: Vec<u8>,
    fault: &'static str,
    detail: &'static str,
    remedy: &'static str,
    /// Whether the file alone tells, so that `egret check` does on the team's machine.
    told_by_file: bool,
}

fn bad_models() -> Vec<Bad> {
    let whole = bright(-1).softmax_file();
    let of = |dtype, dims: &[i64], classes| Linear::new(dtype, dims, classes);
    vec![
        Bad {
            what: "no zip",
            file: b"PK\x03\x04 this is a zip file, or so it says".to_vec(),
            fault: "INVALID_MODEL",
            detail: "the package is not a zip that can be read",
            remedy: "make the zip anew",
            told_by_file: true,
        },
        Bad {
            what: "truncated",
            file: whole[..whole.len() * 2 / 3].to_vec(),
            fault: "INVALID_MODEL",
            detail: "the file: not ONNX: a field that is longer than what is left",
            remedy: "export the model again",
            told_by_file: true,
        },
        Bad {
            what: "random",
            file: Graph::default()
                .input("input", DType::F32, &[-1, 1, 4, 4])
                .node("RandomNormalLike", &["input"], &["scores"])
                .output("scores", DType::F32, &[-1, 3])
                .file(),
            fault: "INVALID_MODEL",
            detail: "node #0 (RandomNormalLike) in the main graph: draws random numbers",
            remedy: "replace the operator by a constant",
            told_by_file: true,
        },
        Bad {
            what: "wrong number of channels",
            file: of(DType::F32, &[-1, 2, 4, 4], 3).file(),
            fault: "CONTRACT_MISMATCH",
            detail: "input `input` float32 [n,2,4,4]",
            remedy: "the task feeds 4×4 gray image",
            told_by_file: true,
        },
        Bad {
            what: "scores where a metric needs probabilities",
            file: bright(-1).file(),
            fault: "OUTPUT_INVALID",
            detail: "a metric needs probabilities",
            remedy: "end the model with a softmax, or declare `activation = \"softmax\"`",
            told_by_file: false,
        },
        Bad {
            what: "wrong number of classes",
            file: of(DType::F32, &[-1, 1, 4, 4], 4).file(),
            fault: "CONTRACT_MISMATCH",
            detail: "`scores` float32 [n,4]",
            remedy: "",
            told_by_file: true,
        },
        Bad {
            what: "an input that nobody feeds",
            file: bright(-1).extra_input_file(),
            fault: "CONTRACT_MISMATCH",
            detail: "`temperature`",
            remedy: "",
            told_by_file: true,
        },
        Bad {
            what: "NaN",
            file: bright(-1).nan_file(),
            fault: "NON_FINITE",
            detail: "number 0 of the answer to item 0 is not finite",
            remedy: "",
            told_by_file: false,
        },
        Bad {
            what: "wider than declared",
            file: bright(-1).undeclared_width_file(),
            fault: "OUTPUT_INVALID",
            detail: "",
            remedy: "",
            told_by_file: false,
        },
    ]
}

#[test]
fn a_bad_model_is_rejected_with_a_reason_and_a_remedy_and_is_not_charged() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness { per_day_max: 2, ..Brightness::default() })?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let sample = team.json(&["task", "download", TASK, "--out", path(site.scratch())?])?;
    let sample = Path::new(sample["path"].as_str().unwrap());
    for bad in bad_models() {
        let file = models.join("bad.onnx");
        fs::write(&file, &bad.file)?;
        let last = watched(&team, &file, 6)?;
        let check = &last["check"];
        assert_eq!((&last["state"], &check["passed"]), (&json!("REJECTED"), &json!(false)), "{}", bad.what);
        assert_eq!(check["fault"], bad.fault, "{}: {check}", bad.what);
        let (detail, remedy) = (check["detail"].as_str().unwrap(), check["remedy"].as_str().unwrap());
        assert!(detail.contains(bad.detail) && !detail.is_empty(), "{}: {detail}", bad.what);
        assert!(remedy.contains(bad.remedy) && !remedy.is_empty(), "{}: {remedy}", bad.what);
        assert_eq!(last["release"], Value::Null, "{}: nothing hidden was touched", bad.what);

        // On the team's machine, before anything is sent: the same report. By the file alone the same code and words, or none.
        let told = team.run(&["check", path(&file)?, "--sample", path(sample)?, "--output", "json"])?;
        let report: Value = serde_json::from_str(&told.stdout)?;
        assert_eq!((told.code, unmeasured(&report[0]["check"])), (6, unmeasured(check)), "{}", bad.what);
        let told = team.run(&["check", path(&file)?, "--task", TASK, "--static-only", "--output", "json"])?;
        let report: Value = serde_json::from_str(&told.stdout)?;
        let told_there = json!([check["fault"], check["detail"], check["remedy"]]);
        let refusal = &report[0]["refusal"];
        if bad.told_by_file {
            let told_here = json!([refusal["fault"], refusal["detail"], refusal["remedy"]]);
            assert_eq!((told.code, told_here), (6, told_there), "{}", bad.what);
        } else {
            assert_eq!((told.code, refusal), (0, &Value::Null), "{}", bad.what);
            let fed = report[0]["feeding"].as_str().unwrap().split(';').next().unwrap();
            let fed = fed.split(", and read").next().unwrap();
            assert!(check["adapter_summary"].as_str().unwrap().starts_with(fed), "{}: {fed}", bad.what);
        }
    }
    // People read the same: state, fault, detail and remedy.
    let told = team.run(&["submit", path(&models.join("bad.onnx"))?, "--task", TASK, "--watch"])?;
    assert_eq!(told.code, 6);
    for expected in ["rejected: OUTPUT_INVALID\n", " failed: OUTPUT_INVALID\n", "\ndetail ", "\nremedy "] {
        assert!(told.stdout.contains(expected), "{expected:?} is not in\n{}", told.stdout);
    }

    let left = team.json(&["status"])?;
    let quota = &left["tasks"][0]["quota"];
    assert_eq!(
        (&quota["used_today"], &quota["used_total"], &quota["in_flight"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!(site.operator.json(&["leaderboard", TASK])?["entries"], json!([]));
    Ok(())
}

#[test]
fn ordinary_exports_are_accepted_unchanged() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let nhwc = Linear { dims: vec![-1, 4, 4, 1], ..bright(-1) };
    let exports = [
        ("batch fixed to 1", bright(1).softmax_file()),
        ("batch fixed to 4, which divides nothing", bright(4).softmax_file()),
        ("NHWC", nhwc.softmax_file()),
        ("labels and probabilities", bright(-1).label_and_probabilities_file()),
    ];
    let count = exports.len();
    for (what, file) in exports {
        let model = models.join("export.onnx");
        fs::write(&model, file)?;
        let last = watched(&team, &model, 0)?;
        assert_eq!(
            last["release"]["metrics"][0],
            json!({ "id": "accuracy", "value": 1.0 }),
            "{what}: {last}"
        );
    }
    let board = site.operator.json(&["leaderboard", TASK])?;
    assert_eq!(board["entries"][0]["submission_count"], count);
    Ok(())
}

#[test]
fn a_model_that_is_too_large_is_refused_before_it_travels() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let models = site.publish(&Brightness { model_mib_max: 1, ..Brightness::default() })?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let large = models.join("large.onnx");
    fs::write(&large, heavy(1))?;
    let refusal = team.refused(&["submit", path(&large)?, "--task", TASK], 3)?;
    assert!(refusal.contains("the task allows 1 MiB"), "{refusal}");
    let empty = models.join("empty.onnx");
    fs::write(&empty, b"")?;
    let refusal = team.refused(&["submit", path(&empty)?, "--task", TASK], 3)?;
    assert!(refusal.contains("the file is empty"), "{refusal}");
    assert_eq!(team.json(&["submissions", TASK])?, json!([]));
    assert!(!site.data().join("staging").read_dir()?.any(|_| true), "nothing was staged");
    Ok(())
}

/// Submits and watches; the command must end with `code`. Returns the last state.
fn watched(team: &Actor, model: &Path, code: i32) -> Result<Value> {
    let told = team.run(&["submit", path(model)?, "--task", TASK, "--watch", "--output", "json"])?;
    assert_eq!(told.code, code, "{}{}", told.stdout, told.stderr);
    Ok(serde_json::from_str(&told.stdout)?)
}
