//! What is wrong with a manifest is said with file, line and remedy, all at once.

mod support;

use egret_contest::{PhaseKind, ReleaseRule};
use egret_contract::{Certificate, CompositeRule, Fit, ImageInput, InputContract, Limits, PartKind, Speed};
use egret_datasets::{Split, SplitRule, check, load};
use support::Folder;

const COMPETITION: &str = "competition.toml";
const TASK: &str = "tasks/digits/task.toml";

#[test]
fn a_good_package_loads() {
    let folder = Folder::new();
    let package = load(folder.path()).unwrap();
    assert_eq!(package.competition.id, "digits");
    assert!(!package.competition.open_registration);
    let [live, last] = &package.competition.phases[..] else { panic!("two phases") };
    assert_eq!((live.kind, live.split, live.quota.per_day_max), (PhaseKind::Live, Split::Public, 5));
    assert_eq!(live.start.to_string(), "2026-03-01T01:00:00Z");
    assert_eq!(live.end, last.start, "a TOML date-time and a string are the same moment");
    assert_eq!(live.release, ReleaseRule::exact(4).unwrap());
    let task = &package.tasks[0];
    let image = ImageInput { width: 4, height: 3, channels: 1, fit: Fit::Stretch };
    assert_eq!((task.id.as_str(), &task.input), ("digits", &InputContract::single(PartKind::Image(image))));
    assert_eq!(task.answer.classes().unwrap().class_names, ["zero", "one"]);
    assert_eq!(task.limits, Limits::default());
    assert_eq!(task.split, SplitRule::Column);
    folder.expect(&[]);
}

/// One edit to a good manifest, and the one problem it makes.
#[track_caller]
fn broken(file: &str, from: &str, to: &str, problem: &str) {
    let folder = Folder::new();
    folder.edit(file, from, to);
    folder.expect(&[problem]);
    assert!(load(folder.path()).is_err());
}

#[test]
fn unknown_keys_name_the_nearest() {
    broken(
        COMPETITION,
        "title =",
        "titel_zh = \"x\"\ntitle =",
        "competition.toml:2: unknown key `titel_zh` — did you mean `title_zh`?",
    );
    broken(
        COMPETITION,
        "per_day_max",
        "per_day",
        "competition.toml:11: unknown key `per_day` of [phases.quota]",
    );
    broken(
        TASK,
        "fit =",
        "colour = 1\nfit =",
        "tasks/digits/task.toml:9: unknown key `colour` of [input] — remove it; known here: kind, width",
    );
}

#[test]
fn naive_times_are_refused_with_the_time_in_the_competitions_zone() {
    let remedy = "has no offset from UTC — write the offset, for example \"2026-03-01T09:00:00+08:00\"";
    broken(COMPETITION, "\"2026-03-01T09:00:00+08:00\"", "\"2026-03-01T09:00:00\"", remedy);
    broken(COMPETITION, "\"2026-03-01T09:00:00+08:00\"", "2026-03-01T09:00:00", remedy);
    broken(COMPETITION, "\"2026-03-01T09:00:00+08:00\"", "2026-03-01", "\"2026-03-01T00:00:00+08:00\"");
    broken(
        COMPETITION,
        "\"2026-03-01T09:00:00+08:00\"",
        "\"tomorrow\"",
        "competition.toml:8: `start` is not a time: \"tomorrow\"",
    );
}

#[test]
fn phases_are_compared() {
    broken(
        COMPETITION,
        "2026-03-01T09:00:00+08:00",
        "2026-04-01T09:00:00+08:00",
        "the phase ends before it starts",
    );
    broken(
        COMPETITION,
        "id = \"final\"",
        "id = \"live\"",
        "competition.toml:14: the phase id \"live\" is used twice",
    );
    let folder = Folder::new();
    folder.edit(COMPETITION, "kind = \"final\"", "kind = \"live\"");
    folder.expect(&[]);
    folder.edit(COMPETITION, "start = 2026-04-01T09", "start = 2026-04-01T08");
    folder.expect(&["the phases \"live\" and \"final\" of the same kind overlap"]);
}

#[test]
fn values_out_of_range_name_the_range() {
    broken(
        COMPETITION,
        "Asia/Shanghai",
        "Mars/Olympus",
        "competition.toml:3: the time zone \"Mars/Olympus\" is not known",
    );
    broken(COMPETITION, "id = \"digits\"", "id = \"9\"", "the id \"9\" is not allowed — use 3 to 63");
    broken(
        COMPETITION,
        "split = \"public\"",
        "split = \"test\"",
        "`split` of [phases] is \"test\" — use one of \"sample\"",
    );
    broken(
        COMPETITION,
        "policy = \"exact\"",
        "policy = \"exact\", decimals = 9",
        "`decimals` of [phases.release] must be a whole number from 0 to 6",
    );
    broken(TASK, "width = 4", "width = 0", "`width` of [input] must be a whole number from 1 to 4096");
    broken(TASK, "channels = 1", "channels = 2", "use 1 (gray) or 3 (RGB)");
    broken(TASK, "fit = \"stretch\"", "fit = \"squeeze\"", "use one of \"stretch\", \"crop\", \"pad\"");
    broken(
        TASK,
        "[answer]",
        "[limits]\nmemory_mib_max = 1\n[answer]",
        "`memory_mib_max` of [limits] must be a whole number from 256",
    );
    broken(TASK, "[input]", "media = \"../elsewhere\"\n[input]", "`media` leads out of the task's folder");
    broken(TASK, "[input]", "media = \"/etc\"\n[input]", "`media` leads out of the task's folder");
}

#[test]
fn metrics_come_from_the_registry() {
    broken(
        TASK,
        "\"accuracy\"",
        "\"acuracy\"",
        "task.toml:2: there is no metric `acuracy` for the answer `classes` — did you mean `accuracy`?",
    );
    broken(TASK, "\"f1.macro\"", "\"accuracy\"", "the metric `accuracy` is listed twice");
    broken(TASK, "[\"accuracy\", \"f1.macro\"]", "[]", "`metrics` lists 0 — list 1 to");
    let folder = Folder::new();
    folder.edit(TASK, "\"accuracy\", ", "\"top1.lowest_index\", ");
    folder.expect(&[]);
}

#[test]
fn a_composite_and_certificates_are_read() {
    const GRADING: &str = "[composite]\nrule = \"harmonic\"\n[[composite.parts]]\nmetric = \"accuracy\"\nweight = 2\n\
        [[composite.parts]]\nmetric = \"f1.macro\"\nworst = 0.5\n[composite.speed]\nreference_item_ms = 4\n\
        [[certificates]]\nname = \"A\"\nthreshold = 0.9\n[input]";
    let folder = Folder::new();
    folder.edit(TASK, "[input]", GRADING);
    let grading = load(folder.path()).unwrap().tasks[0].grading.clone();
    let composite = grading.composite.clone().unwrap();
    assert_eq!((composite.title.as_str(), composite.rule), ("Score", CompositeRule::Harmonic));
    let parts = composite.parts.iter().map(|part| (part.metric.as_str(), part.weight, part.worst, part.best));
    assert_eq!(parts.collect::<Vec<_>>(), [("accuracy", 2.0, 0.0, 1.0), ("f1.macro", 1.0, 0.5, 1.0)]);
    assert_eq!(composite.speed, Some(Speed { reference_item_ms: 4.0, exponent: 1.0 }));
    assert_eq!(grading.certificates, [Certificate { name: "A".into(), threshold: 0.9 }]);
    folder.expect(&[]);

    let with = |from: &str, to: &str, problem: &str| {
        assert!(GRADING.contains(from));
        broken(TASK, "[input]", &GRADING.replace(from, to), problem);
    };
    with(
        "\"f1.macro\"",
        "\"mcc\"",
        "task.toml:4: `composite.parts[1].metric` must be one of the task's metrics: accuracy, f1.macro",
    );
    with(
        "\"harmonic\"",
        "\"sum\"",
        "`rule` of [composite] is \"sum\" — use one of \"weighted\", \"harmonic\"",
    );
    with("worst = 0.5", "worst = 1", "`composite.parts[1].best` must be a number, and another than `worst`");
    with("reference_item_ms = 4", "exponent = 2", "`reference_item_ms` of [composite.speed] is missing");
    with(
        "threshold = 0.9",
        "threshold = \"high\"",
        "task.toml:16: `threshold` of [certificates] must be a number",
    );
    with("name = \"A\"\n", "", "task.toml:14: `name` of [certificates] is missing");
}

#[test]
fn the_ends_of_an_unbounded_metric_must_be_said() {
    const VALUES: &str = "[composite]\n[[composite.parts]]\nmetric = \"log_loss\"\n[input]";
    let folder = Folder::new();
    folder.edit(TASK, "\"f1.macro\"", "\"log_loss\"");
    folder.edit(TASK, "[input]", VALUES);
    let part = load(folder.path()).unwrap().tasks[0].grading.composite.clone().unwrap().parts[0].clone();
    assert_eq!((part.worst, part.best), (36.05, 0.0), "lower is better, and the range is finite");
}

#[test]
fn classes_are_distinct() {
    broken(
        TASK,
        "[\"zero\", \"one\"]",
        "[\"zero\", \"one\", \"one\"]",
        "task.toml:13: the class \"one\" is listed twice",
    );
    let folder = Folder::new();
    folder.edit(TASK, "[\"zero\", \"one\"]", "[\"zero\"]");
    folder.expect(&["the number of classes listed is 1"]);
}

#[test]
fn missing_keys_and_files_are_all_reported() {
    let folder = Folder::new();
    folder.edit(COMPETITION, "title = \"Digits\"\n", "");
    folder.edit(COMPETITION, "kind = \"live\"\n", "");
    folder.edit(TASK, "metrics = [\"accuracy\", \"f1.macro\"]\n", "");
    folder.edit(TASK, "height = 3\n", "");
    folder.expect(&[
        "competition.toml:1: `title` is missing — add `title",
        "competition.toml:4: `kind` of [phases] is missing",
        "tasks/digits/task.toml:1: `metrics` is missing — add `metrics = [\"accuracy\"]`",
        "tasks/digits/task.toml:3: `height` of [input] is missing",
    ]);
    std::fs::remove_file(folder.path().join(TASK)).unwrap();
    std::fs::remove_file(folder.path().join(COMPETITION)).unwrap();
    folder.expect(&["competition.toml: the file is missing", "tasks/digits/task.toml: the file is missing"]);
}

#[test]
fn what_is_not_toml_is_refused_at_its_line() {
    broken(COMPETITION, "title = \"Digits\"", "title = Digits", "competition.toml:2: ");
    let folder = Folder::new();
    folder.write(TASK, b"title = \"\xff\"");
    folder.expect(&["tasks/digits/task.toml: the file is not UTF-8"]);
}

#[test]
fn tasks_come_in_the_organizers_order() {
    let folder = Folder::new();
    for file in ["task.toml", "labels.csv"] {
        folder.write(&format!("tasks/another/{file}"), folder.read(&format!("tasks/digits/{file}")));
    }
    for index in 0..6 {
        let file = format!("media/{index}.png");
        std::fs::create_dir_all(folder.path().join("tasks/another/media")).unwrap();
        std::fs::copy(
            folder.path().join("tasks/digits").join(&file),
            folder.path().join("tasks/another").join(&file),
        )
        .unwrap();
    }
    let ids = |folder: &Folder| {
        load(folder.path()).unwrap().tasks.into_iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&folder), ["another", "digits"]);
    folder.edit(COMPETITION, "title =", "tasks = [\"digits\", \"another\"]\ntitle =");
    assert_eq!(ids(&folder), ["digits", "another"]);
    folder.edit(COMPETITION, "\"another\"", "\"others\"");
    folder.expect(&[
        "the task \"another\" is not in `tasks`",
        "competition.toml:2: there is no task \"others\"",
    ]);
    let checked = check(folder.path(), &egret_datasets::Silent);
    assert!(checked.package.is_none() && checked.tasks.len() == 2, "what can be checked is checked");
}
