//! What `competition.toml` says of phases beyond their windows, and where a ladder lies.

mod support;

use egret_contest::{
    BoardView, Budget, Gate, LadderRule, Nominations, OverallRule, PhaseId, Policy, PrizeRule, Prizes,
    QuotaRule, ReleaseRule, Scale, Timing, Weight,
};
use egret_datasets::{CompetitionManifest, HonestRun, PhaseManifest, Silent, check, ladders, load};
use support::{Folder, TASK};

const COMPETITION: &str = "competition.toml";
const TASK_FILE: &str = "tasks/digits/task.toml";
const LADDER: &str = "[ladder]\nbaseline = 0.5\n[input]";

/// A package whose phase `live` has this text beside its window, from line 10 on, and the policy `exact` elsewhere.
fn with(live: &str) -> Folder {
    let folder = Folder::new();
    folder.edit(COMPETITION, "quota = { per_day_max = 5 }\nrelease = { policy = \"exact\" }\n", "LIVE\n");
    folder.edit(COMPETITION, "LIVE", live);
    folder
}

/// The same with a baseline.
fn on_ladder(live: &str) -> Folder {
    let folder = with(live);
    folder.edit(TASK_FILE, "[input]", LADDER);
    folder
}

fn read(folder: &Folder) -> CompetitionManifest {
    folder.expect(&[]);
    load(folder.path()).unwrap().competition
}

fn live(text: &str) -> PhaseManifest {
    read(&on_ladder(text)).phases.remove(0)
}

#[track_caller]
fn refused(live: &str, problem: &str) {
    on_ladder(live).expect(&[problem]);
}

fn rule(policy: Policy, timing: Timing) -> ReleaseRule {
    ReleaseRule::new(policy, timing).unwrap()
}

fn ladder(levels: Option<u32>, budget: Option<Budget>) -> Policy {
    Policy::Ladder(LadderRule { levels, budget })
}

#[test]
fn a_phase_that_says_nothing_of_releases_has_a_ladder() {
    assert_eq!(live("").release, rule(ladder(None, None), Timing::Immediate));
    assert_eq!(live("").quota, QuotaRule::default());
    // Without a baseline there is no grid.
    with("").expect(&[
        "competition.toml:5: the phase \"live\" has the policy `ladder`, and the task \"digits\" no baseline for it — add \
         [ladder] with `baseline = …` to tasks/digits/task.toml, or `policy = \"exact\"` to [phases.release]",
    ]);
}

#[test]
fn releases_are_read() {
    for (text, want) in [
        ("", rule(ladder(None, None), Timing::Immediate)),
        ("levels = 1", rule(ladder(Some(1), None), Timing::Immediate)),
        (
            "policy = \"ladder\"\nbudget_bits = 7",
            rule(ladder(None, Some(Budget::Bits(7))), Timing::Immediate),
        ),
        ("tau = 0.99\ntiming = \"finalize\"", rule(ladder(None, Some(Budget::Tau(0.99))), Timing::Finalize)),
        (
            "timing = \"epoch\"\nepoch_s = 604800",
            rule(ladder(None, None), Timing::Epoch { seconds: 604_800 }),
        ),
        ("policy = \"exact\"", ReleaseRule::exact(4).unwrap()),
        ("policy = \"exact\"\ndecimals = 0", ReleaseRule::exact(0).unwrap()),
    ] {
        let folder = on_ladder(&format!("[phases.release]\n{text}"));
        // Whether so few items are worth it is another matter.
        assert_eq!(load(folder.path()).unwrap().competition.phases[0].release, want, "{text}");
    }
    let of = |text: &str, problem: &str| refused(&format!("[phases.release]\n{text}"), problem);
    of(
        "decimals = 3",
        "competition.toml:11: `decimals` of [phases.release] is of the policy `exact` — remove it",
    );
    of(
        "policy = \"exact\"\nlevels = 3",
        "competition.toml:11: `levels` of [phases.release] is of the policy `ladder`",
    );
    of("policy = \"exact\"\ntau = 0.5", "`tau` of [phases.release] is of the policy `ladder`");
    of(
        "policy = \"some\"",
        "competition.toml:12: `policy` of [phases.release] is \"some\" — use one of \"ladder\", \"exact\"",
    );
    of("levels = 0", "`levels` of [phases.release] must be a whole number from 1 to 10000");
    of("budget_bits = 1000001", "`budget_bits` of [phases.release] must be a whole number from 1 to 1000000");
    of(
        "budget_bits = 9\ntau = 0.9",
        "competition.toml:13: `budget_bits` and `tau` of [phases.release] are both there",
    );
    of("timing = \"epoch\"", "`epoch_s` of [phases.release] is missing — add `epoch_s = 3600`");
    of(
        "timing = \"epoch\"\nepoch_s = 604801",
        "`epoch_s` of [phases.release] must be a whole number from 1 to 604800",
    );
    of("epoch_s = 60", "`epoch_s` of [phases.release] is of the timing `epoch`");
    of(
        "timing = \"epoch\"\nepoch = 60\nepoch_s = 60",
        "unknown key `epoch` of [phases.release] — did you mean `epoch_s`?",
    );
    for tau in ["0.0", "1.0", "-0.5"] {
        // It is worth nothing, which is said as well.
        let problems = on_ladder(&format!("[phases.release]\ntau = {tau}")).problems();
        assert!(
            problems
                .iter()
                .any(|problem| problem.what == "`tau` of [phases.release] must be above 0 and below 1"),
            "{tau}"
        );
    }
}

#[test]
fn rules_of_a_phase_are_read() {
    let phase = live(
        "freeze = \"2026-03-31T09:00:00+08:00\"\nboard = \"jury\"\nquota = { failed_checks_per_day = 20 }\n[phases.tasks.digits]\n\
         quota = { per_day_max = 2 }\nfreeze = \"2026-03-01T09:00:00+08:00\"\nend = \"2026-04-01T09:00:00+08:00\"",
    );
    assert_eq!(phase.freeze.unwrap().to_string(), "2026-03-31T01:00:00Z");
    assert_eq!((phase.board, phase.quota.failed_checks_max), (BoardView::Jury, 20));
    let [task] = &phase.tasks[..] else { panic!("one task") };
    assert_eq!((task.id.as_str(), task.quota.unwrap().per_day_max), ("digits", 2));
    assert_eq!((task.freeze, task.end), (Some(phase.start), Some(phase.end)));
    assert_eq!(live("board = \"public\"").board, BoardView::Public);

    refused("board = \"all\"", "`board` of [phases] is \"all\" — use one of \"public\", \"jury\"");
    refused("freeze = \"2026-03-31T09:00:00\"", "the time of `freeze`, 2026-03-31T09:00:00, has no offset");
    refused(
        "freeze = \"2026-03-01T08:59:59+08:00\"",
        "competition.toml:11: the boards freeze outside of the phase",
    );
    refused(
        "freeze = \"2026-04-01T09:00:00+08:00\"",
        "competition.toml:11: the boards freeze outside of the phase",
    );
    refused("quota = { failed_checks_per_day = 1000001 }", "must be a whole number from 0 to 1000000");
    let of_task = |text: &str, problem: &str| refused(&format!("[phases.tasks.digits]\n{text}"), problem);
    of_task(
        "end = \"2026-03-01T09:00:00+08:00\"",
        "competition.toml:12: the task \"digits\" ends outside of the phase",
    );
    of_task(
        "end = \"2026-04-01T09:00:01+08:00\"",
        "competition.toml:12: the task \"digits\" ends outside of the phase",
    );
    of_task("end = \"2026-03-31T09:00:00\"", "the time of `end`, 2026-03-31T09:00:00, has no offset");
    of_task("freeze = \"2026-04-01T09:00:00+08:00\"", "the boards freeze outside of the phase");
    of_task(
        "kota = 1",
        "competition.toml:12: unknown key `kota` of [phases.tasks.digits] — did you mean `quota`?",
    );
    refused(
        "[phases.tasks.letters]\nquota = {}",
        "competition.toml:11: there is no task \"letters\" — correct [phases.tasks.letters]",
    );
    refused("tasks = { digits = 3 }", "`digits` of [phases.tasks] must be a table");
}

/// The phase `final`, which starts when `live` ends.
fn last(text: &str) -> Folder {
    let folder = on_ladder("");
    folder.edit(
        COMPETITION,
        "split = \"private\"\nrelease = { policy = \"exact\" }",
        &format!("split = \"private\"\n{text}"),
    );
    folder
}

#[test]
fn phases_refer_to_earlier_ones() {
    let id = |text| PhaseId::parse(text).unwrap();
    let phase = |text: &str| read(&last(text)).phases.remove(1);
    let gated = phase("gate = { phase = \"live\", at_least = 0.75 }");
    assert_eq!(gated.gate, Some(Gate { phase: id("live"), at_least: 0.75 }));
    let nominated = phase("nominations = 16\nnominates_from = \"live\"");
    assert_eq!(nominated.nominations, Some(Nominations { from: id("live"), count_max: 16 }));
    assert_eq!(nominated.release, rule(ladder(None, None), Timing::Finalize));
    let told_at_once =
        phase("nominations = 1\nnominates_from = \"live\"\nrelease = { timing = \"immediate\" }");
    assert_eq!(told_at_once.release.timing(), Timing::Immediate);
    assert_eq!(phase("nominations = 0").nominations, None);

    let refused = |text: &str, problem: &str| last(text).expect(&[problem]);
    refused(
        "gate = { phase = \"trial\", at_least = 0.5 }",
        "competition.toml:19: there is no phase \"trial\"",
    );
    refused("gate = { phase = \"a b\", at_least = 0.5 }", "competition.toml:19: there is no phase \"a b\"");
    refused(
        "gate = { phase = \"final\", at_least = 0.5 }",
        "refers to \"final\", which does not start before it",
    );
    refused("gate = { phase = \"live\" }", "`at_least` of [phases.gate] is missing");
    refused("gate = { phase = \"live\", at_least = nan }", "`at_least` of [phases.gate] must be a number");
    refused(
        "nominations = 17\nnominates_from = \"live\"",
        "`nominations` of [phases] must be a whole number from 0 to 16",
    );
    refused("nominations = 2", "`nominates_from` of [phases] is missing — add `nominates_from = \"live\"`");
    refused("nominates_from = \"live\"", "is there without `nominations`");
    refused("nominations = 2\nnominates_from = \"none\"", "competition.toml:20: there is no phase \"none\"");
    refused("training = true", "a training ground is of the kind `practice`, not `final`");
    // Whoever takes the submissions of a phase takes all of them.
    let folder = last("nominations = 2\nnominates_from = \"live\"");
    folder.edit(COMPETITION, "end = 2026-04-02T09:00:00+08:00", "end = 2026-04-01T08:00:00+08:00");
    folder.edit(COMPETITION, "start = 2026-04-01T09", "start = 2026-03-31T09");
    folder.expect(&["the phase \"final\" ends before \"live\", whose submissions it takes"]);
}

const FINAL: &str = "nominations = 2\nnominates_from = \"live\"\n";

#[test]
fn prizes_are_read() {
    let of = |prizes: &str| last(&format!("{FINAL}{prizes}"));
    let phase = |prizes: &str| read(&of(prizes)).phases.remove(1);
    let prizes =
        |rule, unit: &str, places: &[u64]| Some(Prizes { rule, unit: unit.into(), places: places.to_vec() });
    let (split, order) = (PrizeRule::SplitEvenly, PrizeRule::ByOrder);
    assert_eq!(phase("").prizes, None);
    assert_eq!(phase("[phases.prizes]").prizes, prizes(split, "", &[]));
    let all = "rule = \"by_order\"\nunit = \"CNY\"\nplaces = [1_000_000_000_000, 5, 5, 0]";
    let both = phase(&format!("[phases.prizes]\n{all}\n[phases.tasks.digits]\nprizes = [7, 6]"));
    assert_eq!(both.prizes, prizes(order, "CNY", &[1_000_000_000_000, 5, 5, 0]));
    assert_eq!(both.tasks[0].prizes, [7, 6]);
    assert_eq!(phase("[phases.tasks.digits]\nquota = {}").tasks[0].prizes, [0; 0]);
    let places = |count: usize| format!("unit = \"CNY\"\nplaces = [{}]", vec!["1"; count].join(", "));
    assert_eq!(phase(&format!("[phases.prizes]\n{}", places(100))).prizes.unwrap().places.len(), 100);

    let refused = |prizes: &str, problem: &str| of(&format!("[phases.prizes]\n{prizes}")).expect(&[problem]);
    refused(&places(101), "competition.toml:23: at most 100 places can have prizes, not 101 — name fewer");
    refused(
        "unit = \"CNY\"\nplaces = [3, 4]",
        "competition.toml:23: place 2 is worth more than the place before it — let prizes fall",
    );
    for places in ["[1_000_000_000_001]", "[-1]", "[0.5]", "[\"1\"]", "5"] {
        refused(
            &format!("unit = \"CNY\"\nplaces = {places}"),
            "`places` of [phases.prizes] must be a list of whole numbers from 0 to 1000000000000",
        );
    }
    refused(
        "places = [3]",
        "competition.toml:22: the prizes have no unit, such as `CNY` — add `unit = \"CNY\"`",
    );
    assert_eq!(
        phase(&format!("[phases.prizes]\nunit = \"{}\"", "x".repeat(32))).prizes.unwrap().unit.len(),
        32
    );
    refused(
        &format!("unit = \"{}\"", "x".repeat(33)),
        "competition.toml:22: the unit of the prizes must be one line of at most 32 bytes — shorten it",
    );
    refused(
        "rule = \"luck\"",
        "`rule` of [phases.prizes] is \"luck\" — use one of \"split_evenly\", \"by_order\"",
    );
    refused("place = [3]", "unknown key `place` of [phases.prizes] — did you mean `places`?");
    let of_task = |prizes: &str, task: &str, problem: &str| {
        of(&format!("{prizes}\n[phases.tasks.digits]\nprizes = {task}")).expect(&[problem]);
    };
    of_task(
        "",
        "[3]",
        "competition.toml:23: the task has `prizes`, and its phase does not say how they are given",
    );
    let unit = "[phases.prizes]\nunit = \"CNY\"";
    of_task(
        unit,
        "[]",
        "competition.toml:24: `prizes` of the task names no place — remove it for the places",
    );
    of_task(unit, "[3, 4]", "competition.toml:24: place 2 is worth more than the place before it");
    of_task("[phases.prizes]", "[3]", "competition.toml:23: the prizes have no unit");
    last("[phases.prizes]")
        .expect(&["competition.toml:19: only finalists share prizes, and this phase has no"]);
}

#[test]
fn what_a_competition_asks_of_teams_is_read() {
    let with = |text: &str| {
        let folder = on_ladder("");
        folder.edit(
            COMPETITION,
            "\n[[phases]]\nid = \"live\"",
            &format!("{text}\n\n[[phases]]\nid = \"live\""),
        );
        folder
    };
    let plain = read(&with(""));
    assert_eq!((plain.approve_teams, plain.entries_required, plain.merge_deadline), (false, false, None));
    let all = "approve_teams = true\nentries_required = true\nmerge_deadline = 2026-03-20T00:00:00+08:00";
    let all = read(&with(all));
    let deadline = all.merge_deadline.unwrap().to_string();
    assert_eq!(
        (all.approve_teams, all.entries_required, deadline),
        (true, true, "2026-03-19T16:00:00Z".into())
    );
    with("approve_teams = \"yes\"").expect(&["competition.toml:4: `approve_teams` must be true or false"]);
    with("entries_required = 1").expect(&["competition.toml:4: `entries_required` must be true or false"]);
    with("merge_deadline = \"2026-03-20T00:00:00\"").expect(&[
        "competition.toml:4: the time of `merge_deadline`, 2026-03-20T00:00:00, has no offset from UTC — write the offset, for \
         example \"2026-03-20T00:00:00+08:00\"",
    ]);
    with("merge_deadline = 2026-03-20").expect(&["the time of `merge_deadline`, 2026-03-20, has no offset"]);
    with("merge_deadline = \"soon\"")
        .expect(&["competition.toml:4: `merge_deadline` is not a time: \"soon\""]);
}

const TRAINING: &str = "[[phases]]\nid = \"training\"\nkind = \"practice\"\ntraining = true\nstart = 2026-04-02T09:00:00+08:00\n\
                        end = 2027-04-02T09:00:00+08:00\nsplit = \"public\"\n";

#[test]
fn the_training_ground_opens_when_the_contest_is_over() {
    let folder = last("");
    folder.write(COMPETITION, folder.read(COMPETITION) + TRAINING);
    assert!(read(&folder).phases[2].training);
    folder.edit(
        COMPETITION,
        "training = true\nstart = 2026-04-02T09",
        "training = true\nstart = 2026-04-02T08",
    );
    folder.expect(&["the training ground \"training\" starts before \"final\" ends"]);
}

#[test]
fn an_overall_board_is_read() {
    let of = |text: &str| {
        let folder = on_ladder("");
        folder.write(COMPETITION, format!("{}\n[overall]\n{text}", folder.read(COMPETITION)));
        folder
    };
    let overall = read(&of("rule = \"normalised\"\nweights = { digits = 0.001 }")).overall.unwrap();
    let weight = |value| Weight::new(value).unwrap();
    assert_eq!(overall.rule, OverallRule::Normalised);
    assert_eq!(overall.weights, [("digits".to_owned(), weight(0.001))]);
    assert_eq!(
        read(&of("rule = \"medals\"\nweights = { digits = 1000 }")).overall.unwrap().weights[0].1,
        weight(1000.0)
    );
    assert_eq!(read(&of("rule = \"mean_rank\"")).overall.unwrap().weights, []);
    of("rule = \"sum\"")
        .expect(&["`rule` of [overall] is \"sum\" — use one of \"mean_rank\", \"normalised\", \"medals\""]);
    of("").expect(&["`rule` of [overall] is missing"]);
    for weight in ["0.0", "0.0001", "1000.001", "1.2345", "-1.0"] {
        let problem = format!("the task \"digits\" weighs {}", weight.parse::<f64>().unwrap());
        of(&format!("rule = \"medals\"\nweights = {{ digits = {weight} }}")).expect(&[&problem]);
    }
    of("rule = \"medals\"\nweights = { letters = 2 }").expect(&["there is no task \"letters\" to weigh"]);
    let folder = Folder::new();
    folder.write(COMPETITION, folder.read(COMPETITION) + "\n[overall]\nrule = \"normalised\"\n");
    folder.expect(&["`normalised` needs a baseline and a best of the task \"digits\""]);
}

#[test]
fn where_a_ladder_lies_follows_from_what_ranks() {
    let scale = |metrics: &str, ladder: &str| {
        let folder = Folder::new();
        folder.edit(TASK_FILE, "\"accuracy\", \"f1.macro\"", metrics);
        folder.edit(TASK_FILE, "[input]", &format!("{ladder}\n[input]"));
        folder.expect(&[]);
        load(folder.path()).unwrap().tasks[0].ladder.unwrap()
    };
    let accuracy = Scale { baseline: 0.5, best: 1.0, width: 1.0 };
    assert_eq!(scale("\"accuracy\"", "[ladder]\nbaseline = 0.5"), accuracy);
    assert_eq!(
        scale("\"accuracy\"", "[ladder]\nbaseline = 0.5\nbest = 0.9"),
        Scale { best: 0.9, ..accuracy }
    );
    let log_loss = Scale { baseline: 2.0, best: 0.0, width: 36.05 };
    assert_eq!(scale("\"log_loss\"", "[ladder]\nbaseline = 2"), log_loss, "lower is better");
    let composite = "[ladder]\nbaseline = 0.25\n[composite]\n[[composite.parts]]\nmetric = \"log_loss\"";
    assert_eq!(scale("\"log_loss\"", composite), Scale { baseline: 0.25, best: 1.0, width: 1.0 });

    let broken = |ladder: &str, problem: &str| {
        let folder = Folder::new();
        folder.edit(TASK_FILE, "[input]", &format!("{ladder}\n[input]"));
        folder.expect(&[problem]);
    };
    assert!(TASK.starts_with("title = \"Which digit?\"\nmetrics"));
    broken("[ladder]\nbest = 1.0", "task.toml:4: `baseline` of [ladder] is missing");
    broken(
        "[ladder]\nbaseline = 1.0",
        "task.toml:4: the best of [ladder], 1, is not better than the baseline, 1",
    );
    broken("[ladder]\nbaseline = 0.5\nbest = 0.4", "task.toml:6: the best of [ladder], 0.4, is not better");
    broken("[ladder]\nbaseline = 0.5\nwidth = 2", "unknown key `width` of [ladder]");
    let folder = Folder::of_task(
        "mse",
        "[ladder]\nbaseline = 9.0\n[input]\nkind = \"text\"\nbytes_max = 9\n[answer]\nkind = \"values\"\nnames = [\"age\"]\n",
    );
    folder.labels("text,age,split\na,1,sample\nb,2,public\nc,3,private\n");
    folder.expect(&[]);
    folder.edit(TASK_FILE, "\"mse\"", "\"r2\"");
    folder.edit(TASK_FILE, "baseline = 9.0", "baseline = 0.0");
    folder.expect(&[]);
    folder.edit(TASK_FILE, "\"r2\"", "\"mae\"");
    folder.expect(&["the best of [ladder], 0, is not better than the baseline, 0 — lower is better"]);
}

/// So many texts in the split `public`, and a ladder of so many levels on all of 0 to 1.
fn texts(items: usize, release: &str) -> Folder {
    let folder = Folder::of_task(
        "accuracy",
        "[ladder]\nbaseline = 0.0\n[input]\nkind = \"text\"\nbytes_max = 9\n[answer]\nkind = \"classes\"\nclasses = [\"a\", \"b\"]\n",
    );
    folder.edit(COMPETITION, "release = { policy = \"exact\" }", &format!("release = {{ {release} }}"));
    let rows = (0..items).map(|row| format!("t{row},{},public\n", if row % 3 == 0 { "a" } else { "b" }));
    folder.labels(&format!("text,label,split\nx,a,sample\ny,a,private\n{}", rows.collect::<String>()));
    folder
}

#[test]
fn a_grid_finer_than_the_standard_error_is_refused() {
    // 1/K ≥ 1/(2·√100): up to 20 levels.
    texts(100, "levels = 20").expect(&[]);
    texts(100, "levels = 21").expect(&[
        "competition.toml:12: the ladder of the phase \"live\" on the task \"digits\" is finer than the standard error: with \
         100 items a step must be 1/(2·√100) of the metric's range or more; 21 levels are asked for, 20 may be — write \
         `levels = 20` or fewer in [phases.release]",
    ]);
    // A narrow grid on few items has no level at all.
    let folder = texts(4, "");
    folder.edit(TASK_FILE, "baseline = 0.0", "baseline = 0.9");
    folder.expect(&["1 levels are asked for, 0 may be — put more items into the split"]);
    folder.edit(TASK_FILE, "baseline = 0.9", "baseline = 0.75");
    folder.expect(&[]);
    // 2·n·τ² must be worth a bit beyond the chance that is left: ln 40.
    texts(100, "tau = 0.15").expect(&[]);
    texts(100, "tau = 0.14")
        .expect(&["the budget must be 1 to 1000000 bits, or a tau between 0 and 1 that is worth so many"]);
}

#[test]
fn a_ladder_is_shown_with_what_it_comes_to() {
    let folder = texts(100, "");
    let checked = check(folder.path(), &Silent);
    let found = ladders(checked.package.as_ref().unwrap(), &checked.tasks);
    let [one] = &found[..] else { panic!("the other phase is exact: {found:?}") };
    assert_eq!((one.phase.as_str(), one.task.as_str()), ("live", "digits"));
    let ladder = one.ladder;
    assert_eq!((ladder.items(), ladder.levels(), ladder.budget_millibits()), (100, 10, 32_000));
    assert!((ladder.step() - 0.1).abs() < 1e-12);
    assert!((ladder.tau() - ((32.0 * 2f64.ln() + 40f64.ln()) / 200.0).sqrt()).abs() < 1e-12);
    assert_eq!(HonestRun::of(50).millibits, 69_650);
}
