//! Text in images: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    regions::{
        Kind, METRICS, PIXELS_MAX, POINT_COUNT_MAX, Params, Point, REGION_COUNT_MAX, Region, RegionCounts,
        State, TEXT_BYTES_MAX, TrueRegion, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 3] = [
    ("matched", "a count; compared below"),
    ("care_gt", "a count; compared below"),
    ("care_det", "a count; compared below"),
];

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { overlap_min: 0.5, ignored_share_max: 0.5, kinds: ids.iter().map(kind).collect() }
}

fn scored(
    params: Params,
    found: &[Option<Vec<Region>>],
    truth: &[Vec<TrueRegion>],
) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
    vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
}

fn found(points: Vec<Point>, text: &str) -> Region {
    Region { points, text: text.to_owned() }
}

fn gold(points: Vec<Point>, text: &str) -> TrueRegion {
    TrueRegion { points, text: text.to_owned(), ignored: false }
}

fn points(entry: &Value) -> Vec<Point> {
    let corner = |corner: &Value| [0, 1].map(|axis| golden::number(&corner[axis]));
    entry["points"].as_array().unwrap().iter().map(corner).collect()
}

/// The state of some images of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let cell = |name: &str, i: usize| case["cols"][name][i].as_array().unwrap().clone();
    let text = |entry: &Value| entry["text"].as_str().unwrap().to_owned();
    let detections = |i: &usize| {
        Some(cell("dets", *i).iter().map(|e| Region { points: points(e), text: text(e) }).collect::<Vec<_>>())
    };
    let truth = |i: &usize| {
        let one = |e: &Value| TrueRegion { points: points(e), text: text(e), ignored: e["ignore"] == true };
        cell("gts", *i).iter().map(one).collect::<Vec<_>>()
    };
    let params = Params {
        overlap_min: golden::number(&case["params"]["iou"]),
        ignored_share_max: golden::number(&case["params"]["area_precision"]),
        ..params(ids)
    };
    let (found, truth): (Vec<_>, Vec<_>) = items.iter().map(|i| (detections(i), truth(i))).unzip();
    scored(params, &found, &truth)
}

#[test]
fn goldens() {
    let compared =
        golden::check_suite("ocr_detection", &LEFT_OUT, 0.0, |case, id, items| state_of(case, &[id], items));
    assert_eq!(compared, 8 * 6 * 4);
}

#[test]
fn golden_counts() {
    for case in golden::cases("ocr_detection") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        let counts = state_of(&case, &["hmean"], &items).unwrap().counts();
        let want = ["matched", "care_gt", "care_det"].map(|id| case["expect"][id].as_u64().unwrap());
        assert_eq!([counts.matched, counts.truth, counts.found], want, "{}", case["id"]);
    }
}

#[test]
fn every_entry_has_a_kind_of_its_own() {
    let kinds: Vec<_> = METRICS.iter().map(|info| parse(info.id).unwrap()).collect();
    for (place, (kind, id)) in kinds.iter().enumerate() {
        assert_eq!(*id, METRICS[place].id);
        assert!(kinds[..place].iter().all(|(other, _)| other != kind), "{id}");
    }
    assert_eq!(parse("matched"), None);
}

#[test]
fn missing_answers_undefined_values_and_texts() {
    let all: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
    let truth = vec![vec![gold(square(0.0, 0.0, 10.0), "Straße")], vec![gold(square(0.0, 0.0, 10.0), "b")]];
    let values = |found: &[Option<Vec<Region>>], truth: &[Vec<TrueRegion>]| {
        scored(params(&all), found, truth).unwrap().values().unwrap()
    };
    assert_eq!(values(&[None, None], &truth), [Some(0.0); 6]);
    let right = || Some(vec![found(square(0.0, 0.0, 10.0), "STRASSE")]);
    let two_thirds = 2.0 * 0.5 / 1.5;
    let want = [two_thirds, 1.0, 0.5, two_thirds, 1.0, 0.5].map(Some);
    assert_eq!(values(&[right(), None], &truth), want);
    assert_eq!(values(&[right(), Some(vec![])], &truth), want);
    // Without truth nothing is defined, whatever was found.
    assert_eq!(values(&[right()], &[vec![]]), [None; 6]);
    assert_eq!(State::new(params(&all)).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn the_first_found_region_that_overlaps_is_taken_and_ignored_ones_take_part_in_nothing() {
    let counts = |list: Vec<Region>, truth: Vec<TrueRegion>| {
        scored(params(&["hmean"]), &[Some(list)], &[truth]).unwrap().counts()
    };
    let near = || found(square(1.0, 0.0, 10.0), "no");
    let exact = || found(square(0.0, 0.0, 10.0), "ab");
    let ab = || vec![gold(square(0.0, 0.0, 10.0), "AB")];
    assert_eq!(counts(vec![near(), exact()], ab()), RegionCounts { matched: 1, read: 0, truth: 1, found: 2 });
    assert_eq!(counts(vec![exact(), near()], ab()), RegionCounts { matched: 1, read: 1, truth: 1, found: 2 });
    // Exactly half of a found region in an ignored one is not more than half.
    let ignored = |x: f64| vec![TrueRegion { ignored: true, ..gold(square(x, 0.0, 10.0), "###") }];
    assert_eq!(counts(vec![exact()], ignored(5.0)).found, 1);
    assert_eq!(counts(vec![exact()], ignored(4.0)).found, 0);
    // A bow tie is dropped on either side.
    let bow = vec![[0.0, 0.0], [9.0, 9.0], [9.0, 0.0], [0.0, 9.0]];
    let none = RegionCounts::default();
    assert_eq!(counts(vec![found(bow.clone(), "")], vec![gold(bow, "")]), none);
    assert_eq!(counts(vec![found(vec![], "")], vec![]), none);
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |overlap_min, ignored_share_max, kinds: usize| {
        let kinds: Vec<Kind> = vec![parse("hmean").unwrap().0; kinds];
        State::new(Params { overlap_min, ignored_share_max, kinds }).is_ok()
    };
    assert!(with(0.0, 1.0, 1) && with(1.0, 0.0, 32));
    assert!(!with(-0.1, 0.5, 1) && !with(1.1, 0.5, 1) && !with(0.5, -0.1, 1) && !with(0.5, f64::NAN, 1));
    assert!(!with(0.5, 0.5, 0) && !with(0.5, 0.5, 33));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["hmean"])).unwrap();
    let region = || found(square(0.0, 0.0, 10.0), "a");
    state.update(&[Some(vec![region()])], &[vec![gold(square(0.0, 0.0, 10.0), "a")]]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Region>, truth: Vec<TrueRegion>| {
        let update = state.update(&[Some(vec![region()]), Some(list)], &[vec![], truth]);
        let code = update.map_or_else(|error| error.code(), |()| "taken");
        if code == "taken" {
            state = State::from_bytes(params(&["hmean"]), &before).unwrap();
        }
        assert_eq!(state.to_bytes(), before);
        code
    };
    let wide = |number: f64| vec![[0.0, 0.0], [number, 0.0], [0.0, 1.0]];
    let many = |count: usize| (0..count).map(|i| [i as f64, (i * i) as f64]).collect::<Vec<_>>();
    let long = |count: usize| "a".repeat(count);
    assert_eq!(code(vec![found(wide(f64::NAN), "")], vec![]), "nonfinite_score");
    for (points, text, want) in [
        (wide(PIXELS_MAX), 0, "taken"),
        (wide(-PIXELS_MAX * 1.001), 0, "out_of_domain"),
        (many(POINT_COUNT_MAX), TEXT_BYTES_MAX, "taken"),
        (many(POINT_COUNT_MAX + 1), 0, "out_of_domain"),
        (wide(1.0), TEXT_BYTES_MAX + 1, "out_of_domain"),
    ] {
        assert_eq!(code(vec![found(points.clone(), &long(text))], vec![]), want);
        assert_eq!(code(vec![], vec![gold(points, &long(text))]), want);
    }
    assert_eq!(code(vec![], vec![gold(wide(f64::INFINITY), "")]), "out_of_domain");
    let none = || found(vec![], "");
    assert_eq!(code(vec![none(); REGION_COUNT_MAX], vec![gold(vec![], ""); REGION_COUNT_MAX]), "taken");
    assert_eq!(code(vec![none(); REGION_COUNT_MAX + 1], vec![]), "out_of_domain");
    assert_eq!(code(vec![], vec![gold(vec![], ""); REGION_COUNT_MAX + 1]), "out_of_domain");
    assert_eq!(state.update::<Vec<_>, Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(&["recall"])).unwrap()), Err(MetricError::Incompatible));
}

fn read(images: u64, counts: [u64; 4]) -> Result<State, MetricError> {
    State::from_bytes(params(&["hmean"]), &postcard::to_extend(&(images, counts), vec![1]).unwrap())
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let most = REGION_COUNT_MAX as u64;
    assert!(read(1, [2, 1, 2, most]).is_ok() && read(ITEM_COUNT_MAX, [0; 4]).is_ok());
    for (images, counts) in [
        (1, [1, 2, 3, 3]),
        (1, [3, 0, 2, 3]),
        (1, [3, 0, 3, 2]),
        (1, [0, 0, most + 1, 0]),
        (ITEM_COUNT_MAX + 1, [0; 4]),
    ] {
        assert_eq!(read(images, counts), Err(MetricError::Corrupt), "{counts:?}");
    }
    let mut full = read(ITEM_COUNT_MAX, [0; 4]).unwrap();
    assert!(full.merge(&read(1, [0; 4]).unwrap()).is_err() && full.item_count() == ITEM_COUNT_MAX);
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(mut state) = State::from_bytes(params(&["hmean"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn values_are_shares_and_truth_found_as_it_is_is_right(
        outlines in prop::collection::vec(prop::collection::vec((0_u8..20, 0_u8..20), 0..8), 0..12),
    ) {
        let outline = |points: &Vec<(u8, u8)>| points.iter().map(|(x, y)| [f64::from(*x), f64::from(*y)]).collect::<Vec<_>>();
        let list: Vec<Region> = outlines.iter().map(|points| found(outline(points), "x")).collect();
        let truth: Vec<TrueRegion> = outlines.iter().map(|points| gold(outline(points), "X")).collect();
        let counts = scored(params(&["hmean"]), &[Some(list.clone())], std::slice::from_ref(&truth)).unwrap().counts();
        prop_assert_eq!((counts.truth, counts.read), (counts.found, counts.matched));
        // One at a time, each valid outline overlaps itself wholly.
        for (one, gold) in list.iter().zip(&truth) {
            let counts = scored(params(&["hmean"]), &[Some(vec![one.clone()])], &[vec![gold.clone()]]).unwrap().counts();
            prop_assert_eq!(counts.matched, counts.truth);
        }
    }
}
