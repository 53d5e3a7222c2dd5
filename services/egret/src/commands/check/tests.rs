use std::io::Write as _;

use egret_contract::{AnswerContract, InputContract};
use egret_proto::contract::answer_to_wire;
use egret_proto::v1::{CheckReport, Limits, MetricValue, Task};

use serde_json::json;

use super::*;

/// A message's field: length-delimited, or a small number.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn int(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A float tensor's declaration; 0 is dynamic.
fn value(name: &str, dims: &[u8]) -> Vec<u8> {
    let dims = dims.iter().map(|dim| field(1, &if *dim == 0 { vec![] } else { int(1, *dim) }));
    let tensor = [int(1, 1), field(2, &dims.collect::<Vec<_>>().concat())].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}

/// `x` float `[n,1,4,4]` in, `y` float `[n,3]` out, made by one operator.
fn model(op: &str) -> Vec<u8> {
    let node = [field(1, b"x"), field(2, b"y"), field(3, b"only"), field(4, op.as_bytes())].concat();
    let graph = [field(1, &node), field(11, &value("x", &[0, 1, 4, 4])), field(12, &value("y", &[0, 3]))];
    [int(1, 8), field(8, &int(2, 17)), field(7, &graph.concat())].concat()
}

/// The same, made this large by a description.
fn padded(bytes: usize) -> Vec<u8> {
    let mut file = model("Flatten");
    let length = bytes - file.len() - 5;
    file.push(6 << 3 | 2);
    file.extend(
        [0x80, 0x80, 0x80, 0].iter().enumerate().map(|(i, more)| (length >> (7 * i)) as u8 & 0x7f | more),
    );
    file.resize(bytes, b' ');
    file
}

fn task(side: u32, model_mib_max: u32) -> Task {
    let (input, answer) = (InputContract::images(side, side, 1), AnswerContract::one_of(3));
    Task {
        input: Some((&input).into()),
        answer: Some(answer_to_wire(&answer, &input)),
        limits: Some(Limits { wall_s_max: 60, model_mib_max, ..Limits::default() }),
        ..Task::default()
    }
}

fn checked(bytes: &[u8], task: Option<Task>) -> Report {
    let contract = task.map(|task| Contract::new(task).unwrap());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    Report { file: "m.onnx".into(), ..check(file.path(), contract.as_ref(), Adapter::default()).unwrap() }
}

#[test]
fn a_model_is_described_and_accepted() {
    let report = checked(&model("Flatten"), None);
    assert_eq!(
        report.text(),
        "m.onnx: accepted\n\
         file     77 B, IR version 8, opset 17\n\
         graph    1 node, 0 initializers, 0 parameters\n\
         inputs   `x` float32 [n,1,4,4]\n\
         outputs  `y` float32 [n,3]\n"
    );
    let json = report.json();
    assert_eq!(
        (&json["accepted"], &json["refusal"], &json["feeding"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    assert_eq!(json["model"]["inputs"][0]["dims"], json!([null, 1, 4, 4]));
}

#[test]
fn with_a_task_it_says_what_would_be_fed_and_under_which_limits() {
    let report = checked(&model("Flatten"), Some(task(4, 1)));
    let feeding =
        "I will feed `x` float32 [n,1,4,4] (nchw) gray, x/255, and read `y` float32 [n,3] as scores";
    assert_eq!(report.json()["feeding"], feeding);
    let text = report.text();
    for words in [feeding, "4×4 gray image", "77 B of 1 MiB", "wall 60 s"] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn a_refusal_names_place_rule_and_remedy() {
    let report = checked(&model("RandomNormalLike"), None);
    assert_eq!(
        report.text(),
        "m.onnx: refused: INVALID_MODEL\n\
         rule    random\n\
         detail  node `only` (RandomNormalLike) in the main graph: draws random numbers; the same input must give the \
         same answer\n\
         remedy  make the model's answers depend on its input alone: replace the operator by a constant\n"
    );
    let json = report.json();
    assert_eq!(
        (&json["refusal"]["fault"], &json["refusal"]["rule"]),
        (&json!("INVALID_MODEL"), &json!("random"))
    );
    assert_eq!((&json["accepted"], &json["model"]), (&json!(false), &Value::Null));
}

#[test]
fn a_model_for_colour_does_not_fit_a_task_in_gray() {
    let colour = InputContract::images(4, 4, 3);
    let task = Task { input: Some((&colour).into()), ..task(4, 1) };
    let text = checked(&model("Flatten"), Some(task)).text();
    assert!(text.starts_with("m.onnx: refused: CONTRACT_MISMATCH\n"), "{text}");
    assert!(text.contains("input `x` float32 [n,1,4,4]: expected [n,3,4,4]"), "{text}");
    // What it is, is still said.
    assert!(text.contains("`y` float32 [n,3]"), "{text}");
}

#[test]
fn a_file_may_be_as_large_as_the_task_allows_and_no_larger() {
    assert!(checked(&padded(1 << 20), Some(task(4, 1))).outcome.is_ok());
    let large = padded((1 << 20) + 1);
    let beyond = checked(&large, Some(task(4, 1))).json();
    assert_eq!(
        (&beyond["refusal"]["fault"], &beyond["refusal"]["rule"]),
        (&json!("MODEL_TOO_LARGE"), &json!("model_mib_max"))
    );
    assert!(beyond["refusal"]["detail"].as_str().unwrap().contains("the task allows 1 MiB"), "{beyond}");
    assert!(checked(&large, None).outcome.is_ok(), "without a task there is no such limit");
}

#[test]
fn an_empty_file_is_no_model_whatever_the_task_allows() {
    for task in [None, Some(task(4, 1))] {
        let report = checked(b"", task);
        assert!(!report.passes() && !report.travels(), "the server takes no empty file");
        let refusal = &report.json()["refusal"];
        assert_eq!((&refusal["fault"], &refusal["rule"]), (&json!("INVALID_MODEL"), &json!("empty")));
        assert!(refusal["detail"].as_str().unwrap().contains("the file is empty"), "{refusal}");
    }
    assert_eq!(checked(b"x", None).json()["refusal"]["fault"], "INVALID_MODEL");
}

#[test]
fn a_model_that_fails_on_the_sample_is_not_accepted_and_says_why() {
    let ran =
        |check: CheckReport| Report { check: Some(check), ..checked(&model("Flatten"), Some(task(4, 1))) };
    let accuracy = MetricValue { id: "accuracy".into(), value: Some(1.0 / 3.0) };
    let passed =
        ran(CheckReport { passed: true, metrics: vec![accuracy], item_count: 6, ..CheckReport::default() });
    let text = passed.text();
    assert!(text.starts_with("m.onnx: accepted\n"), "{text}");
    assert!(text.contains("accuracy 0.3333333333333333 on 6 items\n"), "{text}");
    assert_eq!(passed.json()["check"]["metrics"][0]["value"], 1.0 / 3.0);

    let failed =
        ran(CheckReport { fault: "NON_FINITE".into(), detail: "item 0".into(), ..CheckReport::default() });
    assert!(failed.text().starts_with("m.onnx: failed: NON_FINITE\n"), "{}", failed.text());
    assert!(failed.text().contains("detail  item 0\n"), "{}", failed.text());
    assert_eq!((failed.passes(), &failed.json()["accepted"]), (false, &json!(false)));
}

#[test]
fn a_file_that_cannot_be_read_is_a_wrong_command_line() {
    let failure =
        Failure::of(&check(Path::new("/nowhere/m.onnx"), None, Adapter::default()).err().unwrap()).unwrap();
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.what.starts_with("/nowhere/m.onnx: "), "{failure}");
}

#[test]
fn a_task_of_another_version_is_not_guessed_at() {
    for task in [Task { input: None, ..task(4, 1) }, Task { answer: None, ..task(4, 1) }] {
        let failure = Failure::of(&Contract::new(task).err().unwrap()).unwrap();
        assert_eq!(failure.exit, Exit::Failed);
    }
}
