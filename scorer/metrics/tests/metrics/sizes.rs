//! What the registry says of the size of states, against states of random items.

use egret_metrics::{
    AREA_BYTES_PER_SCORE_MAX, ClassesParams, ClassesPredictions, ClassesState, Metric, SuiteInfo, binary,
    boxes, captions, copies, documents, events, excerpts, features, federated, identities, images, instances,
    keywords, languages, mask, multilabel, objects, pairs, poses, rankings, regions, searches, segments,
    signals, speakers, suite, text, tracks, translations, values,
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Items, or scores, or boxes, of each state that grows with them.
const COUNT: usize = 50_000;
const CLASS_COUNT: u32 = 20;

fn rng() -> SmallRng {
    SmallRng::seed_from_u64(7)
}

/// So many different scores.
fn scores() -> Vec<f64> {
    let mut rng = rng();
    (0..COUNT).map(|_| rng.random_range(0.0..1.0)).collect()
}

fn sides() -> Vec<bool> {
    (0..COUNT).map(|i| i % 3 == 0).collect()
}

fn ids(suite: &SuiteInfo) -> Vec<String> {
    suite.metrics.iter().take(32).map(|info| suite.plain_id(info)).collect()
}

fn suite_of(name: &str) -> &'static SuiteInfo {
    suite(name).unwrap_or_else(|| panic!("no suite {name}"))
}

/// The first 32 metrics of a suite, as its module has them.
macro_rules! kinds {
    ($module:ident, $name:literal) => {
        ids(suite_of($name)).iter().map(|id| $module::parse(id).unwrap().0).collect::<Vec<_>>()
    };
}

/// The bytes of a state with these parameters after one update.
macro_rules! size {
    ($module:ident, { $($params:tt)* }, $($shard:expr),*) => {{
        let mut state = $module::State::new($module::Params { $($params)* }).unwrap();
        state.update($($shard),*).unwrap();
        state.to_bytes().len()
    }};
}

fn classification(ids: &[String], class_count: u32) -> usize {
    let find = |id: &String| suite_of("classification").find(id).unwrap();
    let metrics: Vec<Metric> = ids.iter().map(find).collect();
    let mut state = ClassesState::new(ClassesParams { class_count, metrics }).unwrap();
    let labels: Vec<u32> = (0..COUNT as u32 / class_count).map(|i| i % class_count).collect();
    state.update(ClassesPredictions::ScoresF64(&scores()), &labels).unwrap();
    state.to_bytes().len()
}

/// A number as the registry writes it: `1,677,721`.
fn written(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(|group| std::str::from_utf8(group).unwrap()).collect::<Vec<_>>().join(",")
}

/// The most bytes that the coordinator takes of a unit's state.
const UNIT_BYTES_MAX: usize = 64 << 20;

/// A state of [`COUNT`] such things is as large as its suite says: `usual` bytes each where the scores are spread evenly, and never
/// more than `most`.
fn grows(name: &str, thing: &str, [usual, most]: [usize; 2], bytes: usize) {
    let said = suite_of(name).state;
    assert!(said.contains(&format!("About {usual} bytes per {thing}, at most {most}")), "{name}: {said}");
    let each = bytes as f64 / COUNT as f64;
    assert!(each > usual as f64 - 1.0 && each <= usual as f64 + 0.1, "{name}: {each}");
    if said.contains(" MB at 6,000,000") {
        let [usual, most] = [usual * 6, most * 6];
        assert!(said.contains(&format!(": {usual} MB at 6,000,000, at most {most} MB")), "{name}: {said}");
    }
    if said.contains("A unit with more than") {
        let fit = written(UNIT_BYTES_MAX / most);
        assert!(said.contains(&format!("A unit with more than {fit} may exceed 64 MiB")), "{name}: {said}");
    }
}

/// A state is at most as large as its suite says, whatever the number of items: so much for each of some things, and the rest.
fn stays(name: &str, thing: &str, each: usize, thing_count: usize, rest: usize, bytes: usize) {
    let said = suite_of(name).state;
    let [of_each, of_rest] = [each, rest].map(written);
    let want = match each {
        0 => format!("At most {of_rest} bytes, whatever the number of items."),
        _ => format!("At most {of_each} bytes per {thing} and {of_rest} more, whatever the number of items."),
    };
    assert!(said.starts_with(&want), "{name}: {said}");
    let most = each * thing_count + rest;
    assert!(bytes <= most, "{name}: {bytes} bytes; allowed are {most}");
}

/// Groups of ten of something with a score, one group per image, video or query.
fn tens<T>(one: impl Fn(f64) -> T) -> Vec<Option<Vec<T>>> {
    scores().chunks(10).map(|scores| Some(scores.iter().map(|score| one(*score)).collect())).collect()
}

const GROUPS: u64 = COUNT as u64 / 10;

#[test]
fn states_that_keep_a_score_per_item() {
    let scores = scores();
    let some: Vec<_> = scores.iter().copied().map(Some).collect();
    let bytes = classification(&["roc_auc.ovr.macro".to_owned()], CLASS_COUNT);
    grows("classification", "score", [9, AREA_BYTES_PER_SCORE_MAX], bytes);
    let most = written(egret_metrics::AREA_SCORE_COUNT_MAX as usize);
    assert!(suite_of("classification").state.contains(&format!("keeps every score, {most} at most")));
    let bytes = size!(binary, { kinds: kinds!(binary, "binary") }, &some, &sides());
    grows("binary", "different score", [8, binary::STATE_BYTES_PER_ITEM_MAX], bytes);
    let bytes = size!(pairs, { kinds: kinds!(pairs, "verification") }, &some, &sides());
    grows("verification", "different score", [8, pairs::STATE_BYTES_PER_TRIAL_MAX], bytes);
    let answers: Vec<_> =
        scores.iter().map(|score| Some(identities::Answer { identity: 1, score: *score })).collect();
    let bytes =
        size!(identities, { kinds: kinds!(identities, "open_set_id") }, &answers, &vec![Some(1); COUNT]);
    grows("open_set_id", "different score", [9, identities::STATE_BYTES_PER_ITEM_MAX], bytes);
    let lists: Vec<_> = scores.iter().map(|score| Some(vec![(3, *score)])).collect();
    let mates: Vec<_> = (0..COUNT).map(|i| (i % 2 == 0).then_some(3)).collect();
    let bytes = size!(searches, { kinds: kinds!(searches, "search_1n") }, &lists, &mates);
    grows("search_1n", "search", [8, searches::STATE_BYTES_PER_SEARCH_MAX], bytes);
    let bytes = size!(copies, { kinds: kinds!(copies, "copy_detection") }, &lists, &vec![vec![3]; COUNT]);
    grows("copy_detection", "different score", [8, copies::STATE_BYTES_PER_PAIR_MAX], bytes);
    let keywords: Vec<u32> = (0..COUNT as u32).map(|i| i % CLASS_COUNT).collect();
    let kinds = kinds!(keywords, "keyword_spotting");
    let bytes =
        size!(keywords, { keyword_count: CLASS_COUNT, duration_s: 1e6, kinds }, &keywords, &sides(), &some);
    grows("keyword_spotting", "detection", [9, keywords::STATE_BYTES_PER_ITEM_MAX], bytes);

    let answered = vec![true; COUNT / CLASS_COUNT as usize];
    let labels: Vec<_> = (0..answered.len() as u32).map(|i| Some(i % CLASS_COUNT)).collect();
    let kinds = kinds!(languages, "language_id");
    let bytes =
        size!(languages, { language_count: CLASS_COUNT, prior: 0.5, kinds }, &scores, &answered, &labels);
    grows("language_id", "different score", [8, languages::STATE_BYTES_PER_CELL_MAX], bytes);
    let kinds = vec![languages::parse("cavg.lre@0").unwrap().0, languages::parse("accuracy").unwrap().0];
    let bytes =
        size!(languages, { language_count: CLASS_COUNT, prior: 0.5, kinds }, &scores, &answered, &labels);
    stays("language_id", "language", 300, CLASS_COUNT as usize, 400, bytes);
    let labels: Vec<_> = (0..answered.len() as u32).map(|i| vec![i % CLASS_COUNT]).collect();
    let ranked = vec![multilabel::parse("map.macro_present").unwrap().0];
    let shard = multilabel::Scores::F64(&scores);
    let (class_count, threshold) = (CLASS_COUNT, 0.5);
    let bytes =
        size!(multilabel, { class_count, threshold, kinds: ranked.clone() }, shard, &answered, &labels);
    let said = suite_of("multilabel").state;
    assert!(said.contains("about 7 bytes per score, at most 10; of f32 scores, which tasks have, at most 5"));
    assert!((6.0..=7.0).contains(&(bytes as f64 / COUNT as f64)), "{bytes}");
    let unranked = ids(suite_of("multilabel")).into_iter().filter(|id| !id.starts_with("gap"));
    let unranked = unranked.map(|id| multilabel::parse(&id).unwrap().0).skip(7).collect();
    let bytes = size!(multilabel, { class_count, threshold, kinds: unranked }, shard, &answered, &labels);
    stays("multilabel", "class", 30, CLASS_COUNT as usize, 600, bytes);
    let narrow: Vec<f32> = scores.iter().map(|score| *score as f32).collect();
    let shard = multilabel::Scores::F32(&narrow);
    let bytes = size!(multilabel, { class_count, threshold, kinds: ranked }, shard, &answered, &labels);
    assert!(bytes <= 5 * COUNT + 30 * CLASS_COUNT as usize + 600, "{bytes}");
    // Of f32 scores the most there may be, of the most classes, fit into a unit.
    assert!(
        5 * multilabel::CELL_COUNT_MAX as usize + 30 * multilabel::CLASS_COUNT_MAX as usize + 600
            < UNIT_BYTES_MAX
    );

    let mut turned = scores.clone();
    turned.reverse();
    let kinds = kinds!(values, "regression");
    let bytes = size!(values, { value_count: 1, kinds }, &turned, &vec![true; COUNT], &scores);
    let said = suite_of("regression").state;
    let most = written(values::PAIR_COUNT_MAX as usize);
    assert!(said.contains(&format!("up to {most} pairs of numbers, 16 bytes each: 48 MiB")), "{said}");
    stays("regression", "value of an item", 16_900, 1, 30, bytes - 16 * COUNT);
    assert!(
        16 * values::PAIR_COUNT_MAX as usize + 900 * 16_900 + 30 < UNIT_BYTES_MAX
            && said.contains("Up to 900")
    );
}

#[test]
fn states_that_keep_detections() {
    let (class_count, detection_count_max) = (CLASS_COUNT, COUNT as u64);
    let most = boxes::STATE_BYTES_PER_DETECTION_MAX;
    let found = tens(|score| boxes::Detection { class: 1, score, x: 1.0, y: 1.0, w: 40.0, h: 30.0 });
    let truth: Vec<_> = (0..GROUPS).map(|id| boxes::ImageBoxes { id, boxes: vec![] }).collect();
    let kinds = kinds!(boxes, "coco_bbox");
    let bytes = size!(boxes, { class_count, detection_count_max, kinds }, &found, &truth);
    grows("coco_bbox", "detection", [21, most], bytes);
    let image = |id| federated::ImageBoxes { id, absent: vec![1], ..Default::default() };
    let truth: Vec<_> = (0..GROUPS).map(image).collect();
    let frequencies = vec![federated::Frequency::Rare; class_count as usize];
    let kinds = kinds!(federated, "lvis_bbox");
    let bytes = size!(federated, { frequencies, detection_count_max, kinds }, &found, &truth);
    grows("lvis_bbox", "detection", [21, most], bytes);
    let mask = instances::Mask::from_runs(2, 3, &[2, 2, 2]).unwrap();
    let found = tens(|score| instances::Instance { class: 1, score, mask: mask.clone() });
    let image = |id| instances::ImageInstances { id, height: 2, width: 3, instances: vec![] };
    let truth: Vec<_> = (0..GROUPS).map(image).collect();
    let kinds = kinds!(instances, "coco_segm");
    let bytes = size!(instances, { class_count, detection_count_max, kinds }, &found, &truth);
    grows("coco_segm", "detection", [21, most], bytes);
    let found = tens(|score| poses::Pose { class: 1, score, points: vec![[1.0, 2.0]] });
    let truth: Vec<_> = (0..GROUPS).map(|id| poses::ImagePoses { id, poses: vec![] }).collect();
    let (sigmas, kinds) = (vec![0.1], kinds!(poses, "coco_keypoints"));
    let bytes = size!(poses, { class_count, detection_count_max, sigmas, kinds }, &found, &truth);
    grows("coco_keypoints", "detection", [19, most], bytes);
    let found = tens(|score| objects::Found { class: 1, score, corners: [1.0, 2.0, 3.0, 4.0] });
    let truth: Vec<_> = (0..GROUPS).map(|id| objects::ImageObjects { id, objects: vec![] }).collect();
    let (overlap_min, corners_within, kinds) = (0.5, false, kinds!(objects, "voc_detection"));
    let bytes = size!(objects, { class_count, detection_count_max, overlap_min, corners_within, kinds }, &found, &truth);
    grows("voc_detection", "detection", [19, most], bytes);
    let found = tens(|score| segments::Segment { class: 1, score, start: 1.0, end: 2.0 });
    let truth: Vec<_> = (0..GROUPS).map(|id| segments::VideoSegments { id, segments: vec![] }).collect();
    let (segment_count_max, kinds) = (detection_count_max, kinds!(segments, "temporal_localisation"));
    let bytes = size!(segments, { class_count, segment_count_max, kinds }, &found, &truth);
    grows("temporal_localisation", "segment", [14, segments::STATE_BYTES_PER_SEGMENT_MAX], bytes);
    let whole = excerpts::Excerpt { reference: 1, in_query: [0.0, 1e4], in_reference: [0.0, 1e4] };
    let found = tens(|score| {
        let part = [score * 9e3, score * 9e3 + 1.7];
        excerpts::Found { excerpt: excerpts::Excerpt { in_query: part, in_reference: part, ..whole }, score }
    });
    let truth = vec![vec![whole]; GROUPS as usize];
    let bytes = size!(excerpts, { kinds: kinds!(excerpts, "segment_copy") }, &found, &truth);
    grows("segment_copy", "excerpt found", [47, excerpts::STATE_BYTES_PER_FOUND_MAX], bytes);
}

#[test]
fn states_of_sums() {
    const ITEMS: usize = 10_000;
    let (classes, every) = (CLASS_COUNT as usize, ids(suite_of("classification")));
    let every: Vec<_> = every.into_iter().filter(|id| !id.starts_with("roc_auc")).collect();
    stays("classification", "class", 24, classes, 1500, classification(&every, CLASS_COUNT));
    let query = rankings::Query { judged: vec![(3, 1)], excluded: vec![] };
    let kinds = kinds!(rankings, "retrieval");
    let count = kinds.len();
    let bytes =
        size!(rankings, { list_len_max: 10, kinds }, &vec![Some([(3, 0.5)]); ITEMS], &vec![query; ITEMS]);
    stays("retrieval", "metric", rankings::STATE_BYTES_PER_METRIC_MAX, count, 16, bytes);
    let shard = (vec![Some([0.5, 0.25, 0.125]); ITEMS], vec![[1, 30, 7]; ITEMS]);
    let bytes = size!(documents, { kinds: kinds!(documents, "ltr") }, &shard.0, &shard.1);
    stays("ltr", "", 0, 0, documents::STATE_BYTES_MAX, bytes);
    let found = vec![Some("a bird sings in the dark tree"); ITEMS];
    let truth = "the bird sang in a tree".to_owned();
    let bytes = size!(text, { kinds: kinds!(text, "transcript") }, &found, &vec![&truth; ITEMS]);
    stays("transcript", "kind of unit", 100, 6, 20, bytes);
    let kinds = kinds!(translations, "mt");
    let count = kinds.len();
    let bytes = size!(translations, { kinds }, &found, &vec![[truth.clone()]; ITEMS]);
    stays("mt", "metric", 300, count, 10, bytes);
    let found = vec![found[0].map(str::to_owned); ITEMS];
    let bytes =
        size!(captions, { kinds: kinds!(captions, "caption") }, &found, &vec![vec![truth.clone()]; ITEMS]);
    let texts = found[0].as_ref().unwrap().len() + truth.len();
    assert!(suite_of("caption").state.starts_with("All texts, and 2 bytes per text and 1 per item more"));
    assert!((texts * ITEMS..=(texts + 2 * 2 + 1) * ITEMS + 6).contains(&bytes), "{bytes}");

    let map = mask::ClassMap { width: 4, height: 4, classes: vec![3; 16] };
    let (class_count, kinds) = (CLASS_COUNT, kinds!(mask, "semantic_seg"));
    let bytes = size!(mask, { class_count, kinds }, &vec![Some([2_u16; 16]); ITEMS], &vec![map; ITEMS]);
    stays("semantic_seg", "class", 60, classes, 60, bytes);
    let image = images::Image { width: 11, height: 11, channel_count: 1, values: vec![7; 121] };
    let kinds = kinds!(images, "image_quality");
    let count = kinds.len();
    let bytes = size!(images, { kinds }, &vec![Some([9_u8; 121]); 100], &vec![image; 100]);
    stays("image_quality", "metric", 20, count, 120, bytes);
    let kinds = kinds!(signals, "si_sdr");
    let bytes = size!(signals, { kinds }, &vec![Some([0.5, 0.25]); ITEMS], &vec![[0.5, 0.125]; ITEMS]);
    stays("si_sdr", "", 0, 0, 120, bytes);
    let frames = vec![vec![tracks::TrackBox { track: 1, bounds: [0.0, 0.0, 2.0, 1.0] }]; 10];
    let shard = (vec![Some(frames.clone()); ITEMS], vec![frames; ITEMS]);
    let bytes = size!(tracks, { kinds: kinds!(tracks, "tracking") }, &shard.0, &shard.1);
    stays("tracking", "", 0, 0, 60, bytes);
    let (overlap_min, ignored_share_max, kinds) = (0.5, 0.5, kinds!(regions, "ocr_detection"));
    let nothing = vec![Vec::<regions::TrueRegion>::new(); ITEMS];
    let found = vec![Some([regions::Region { points: vec![], text: String::new() }]); ITEMS];
    let bytes = size!(regions, { overlap_min, ignored_share_max, kinds }, &found, &nothing);
    stays("ocr_detection", "", 0, 0, 60, bytes);
    let event = events::Event { class: 3, start: 1.0, end: 2.0 };
    let truth = vec![events::Recording { duration: 9.0, events: vec![event] }; ITEMS];
    let (resolution, collar, kinds) = (1.0, 0.2, kinds!(events, "sound_event"));
    let bytes =
        size!(events, { class_count, resolution, collar, kinds }, &vec![Some([event]); ITEMS], &truth);
    stays("sound_event", "class", 60, classes, 60, bytes);
    let turn = speakers::Turn { speaker: 1, start: 0.5, end: 7.5 };
    let truth = vec![speakers::Recording { duration: 9.0, turns: vec![turn] }; ITEMS];
    let kinds = kinds!(speakers, "diarization");
    let count = kinds.len();
    let bytes = size!(speakers, { kinds }, &vec![Some([turn]); ITEMS], &truth);
    stays("diarization", "metric", 80, count, 10, bytes);

    let rows: Vec<Vec<f64>> = scores().chunks(50).map(<[f64]>::to_vec).collect();
    let set = |i| if i % 2 == 0 { features::Set::Real } else { features::Set::Generated };
    let sets: Vec<_> = (0..rows.len()).map(set).collect();
    let bytes = size!(features, { feature_count: 50, kinds: kinds!(features, "frechet") }, &rows, &sets);
    let said = suite_of("frechet").state;
    assert!(
        said.starts_with("Two sums per pair of features, about 11 bytes each, at most 19: 46 MB at 2,048"),
        "{said}"
    );
    let each = bytes as f64 / (50.0 * 53.0);
    assert!((10.0..=11.0).contains(&each), "{each}");
    assert_eq!([11, 19].map(|each| each * 2048 * (2048 + 3) / 1_000_000), [46, 79]);
}
