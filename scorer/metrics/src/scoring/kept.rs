//! How large a state becomes, for whoever must know before there are answers: every suite's bounds behind one face.

use super::{Scoring, Shape};
use crate::{
    AREA_BYTES_PER_LIST_MAX, AREA_BYTES_PER_SCORE_MAX, AREA_SCORE_COUNT_MAX, ClassesKind, ITEM_COUNT_MAX,
    Kind, Metric, binary, boxes, classes, copies, identities, languages, multilabel, objects, pairs,
    rankings, searches, segments, values,
};

/// Bytes that a task's state adds to each of its suites' states, and to all of them.
const FRAME_BYTES_MAX: u64 = 16;
/// Most bytes of a state that keeps sums alone, per class or metric; see what the registry says of `semantic_seg` and `mt`.
const SUMS_BYTES_MAX: u64 = 300;

/// What the state of one suite keeps, at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The metrics that ask for it, by their ids.
    pub metrics: Vec<String>,
    /// What it is: `scores`.
    pub what: &'static str,
    /// How many there are of an item; of verification, of a trial.
    pub each: u64,
    /// How many may come together in one evaluation: an update or a merge is refused beyond.
    pub count_max: u64,
    bytes_each: u64,
    bytes_besides: u64,
}

impl Kept {
    /// Bytes of the serialised state of so many items.
    #[must_use]
    pub fn bytes(&self, items: u64) -> u64 {
        items.saturating_mul(self.each).saturating_mul(self.bytes_each).saturating_add(self.bytes_besides)
    }
}

impl Scoring {
    /// What the state of each suite keeps. `found_max`: the boxes or segments of one answer, where answers have some.
    #[must_use]
    pub fn kept(&self, found_max: u32) -> Vec<Kept> {
        let of_suite = |name| {
            let metrics = self.metrics.iter().filter(|metric| metric.suite().name == name);
            kept(self.shape, u64::from(found_max), &metrics.collect::<Vec<_>>())
        };
        self.suites().into_iter().map(of_suite).collect()
    }

    /// Bytes of the serialised state of so many items.
    #[must_use]
    pub fn state_bytes_max(&self, items: u64, found_max: u32) -> u64 {
        let kept = self.kept(found_max);
        kept.iter().fold(FRAME_BYTES_MAX, |sum, kept| {
            sum.saturating_add(FRAME_BYTES_MAX).saturating_add(kept.bytes(items))
        })
    }
}

/// What metrics of one suite keep of answers of this shape.
fn kept(shape: Shape, found_max: u64, metrics: &[&Metric]) -> Kept {
    let asking = |asks: &dyn Fn(Kind) -> bool| -> Vec<String> {
        metrics.iter().filter(|metric| asks(metric.kind())).map(|metric| metric.id().to_owned()).collect()
    };
    let all = || asking(&|_| true);
    let kept = |what, each, count_max, bytes_each: usize, bytes_besides| {
        let bytes_each = bytes_each as u64;
        Kept { metrics: all(), what, each, count_max, bytes_each, bytes_besides }
    };
    let sums = |bytes| kept("items", 1, ITEM_COUNT_MAX, 0, bytes);
    let count = metrics.len() as u64;
    let Some(first) = metrics.first().map(|metric| metric.kind()) else { return sums(0) };
    match (shape, first) {
        (Shape::Classes { class_count, .. }, Kind::Classes(_)) => {
            let class_count = u64::from(class_count);
            let besides = bytes(classes::STATE_BYTES_PER_CLASS_MAX) * class_count
                + bytes(classes::STATE_BYTES_BESIDES_MAX);
            let areas = asking(&|kind| matches!(kind, Kind::Classes(ClassesKind::RocAuc(_))));
            if areas.is_empty() {
                return Kept { count_max: u64::MAX, ..sums(besides) };
            }
            let lists = bytes(AREA_BYTES_PER_LIST_MAX) * class_count * class_count;
            let of =
                kept("scores", class_count, AREA_SCORE_COUNT_MAX, AREA_BYTES_PER_SCORE_MAX, besides + lists);
            Kept { metrics: areas, ..of }
        }
        (_, Kind::Binary(_)) => kept(
            "scores",
            1,
            ITEM_COUNT_MAX,
            binary::STATE_BYTES_PER_ITEM_MAX,
            bytes(binary::STATE_BYTES_BESIDES_MAX),
        ),
        (_, Kind::Identities(_)) => kept(
            "scores",
            1,
            ITEM_COUNT_MAX,
            identities::STATE_BYTES_PER_ITEM_MAX,
            bytes(identities::STATE_BYTES_BESIDES_MAX),
        ),
        (Shape::Classes { class_count, .. }, Kind::Languages(_)) => {
            let languages = u64::from(class_count);
            let besides = 40 + bytes(languages::STATE_BYTES_PER_LANGUAGE_MAX) * count * (languages + 1);
            let listing = asking(&|kind| matches!(kind, Kind::Languages(kind) if kind.needs_list()));
            if listing.is_empty() {
                return sums(besides);
            }
            let each = languages::STATE_BYTES_PER_CELL_MAX;
            Kept { metrics: listing, ..kept("scores", languages, languages::CELL_COUNT_MAX, each, besides) }
        }
        (Shape::Multilabel(class_count), Kind::Multilabel(_)) => {
            multilabel_kept(u64::from(class_count), metrics, sums(0))
        }
        (Shape::Values(value_count), Kind::Values(_)) => {
            let value_count = u64::from(value_count);
            let besides = bytes(values::STATE_BYTES_PER_VALUE_MAX) * value_count
                + bytes(values::STATE_BYTES_BESIDES_MAX);
            let pairing = asking(&|kind| matches!(kind, Kind::Values(kind) if kind.needs_pairs()));
            // Without pairs, the truth of items that have no answer: of all, if a model answers none.
            let (metrics, each) =
                if pairing.is_empty() { (all(), 8) } else { (pairing, values::STATE_BYTES_PER_PAIR_MAX) };
            Kept { metrics, ..kept("values", value_count, values::PAIR_COUNT_MAX, each, besides) }
        }
        (Shape::Boxes(class_count), Kind::Boxes(_) | Kind::Objects(_)) => {
            let of_class =
                if matches!(first, Kind::Boxes(_)) { boxes::DETECTIONS_MAX } else { objects::DETECTIONS_MAX };
            let class_count = u64::from(class_count);
            kept(
                "boxes",
                found_max.min(of_class as u64 * class_count),
                boxes::DETECTION_COUNT_MAX,
                boxes::STATE_BYTES_PER_DETECTION_MAX,
                16 + bytes(boxes::STATE_BYTES_PER_CLASS_MAX) * class_count,
            )
        }
        (Shape::Segments(class_count), Kind::Segments(_)) => kept(
            "segments",
            found_max,
            segments::SEGMENT_COUNT_MAX,
            segments::STATE_BYTES_PER_SEGMENT_MAX,
            16 + bytes(segments::STATE_BYTES_PER_CLASS_MAX) * u64::from(class_count),
        ),
        (Shape::Mask(class_count), _) => sums(SUMS_BYTES_MAX * (1 + u64::from(class_count))),
        (_, Kind::Pairs(_)) => {
            kept("trials", 1, pairs::TRIAL_COUNT_MAX, pairs::STATE_BYTES_PER_TRIAL_MAX, FRAME_BYTES_MAX)
        }
        (Shape::Rankings(list_len_max), Kind::Copies(_)) => kept(
            "pairs",
            u64::from(list_len_max),
            copies::PAIR_COUNT_MAX,
            copies::STATE_BYTES_PER_PAIR_MAX,
            bytes(copies::STATE_BYTES_BESIDES_MAX),
        ),
        (_, Kind::Searches(_)) => kept(
            "searches",
            1,
            ITEM_COUNT_MAX,
            searches::STATE_BYTES_PER_SEARCH_MAX,
            bytes(searches::STATE_BYTES_BESIDES_MAX),
        ),
        (_, Kind::Rankings(_)) => Kept {
            count_max: rankings::QUERY_COUNT_MAX,
            ..sums(bytes(rankings::STATE_BYTES_PER_METRIC_MAX) * count + 16)
        },
        // Of texts.
        _ => sums(SUMS_BYTES_MAX * (count + 1)),
    }
}

/// Metrics that rank each class keep every score, and `gap@k` the k highest of each item, once for each k.
fn multilabel_kept(class_count: u64, metrics: &[&Metric], sums: Kept) -> Kept {
    let kinds = || {
        metrics.iter().filter_map(|metric| match metric.kind() {
            Kind::Multilabel(kind) => Some((metric.id(), kind)),
            _ => None,
        })
    };
    let mut tops: Vec<u32> = kinds()
        .filter_map(|(_, kind)| if let multilabel::Kind::Gap(k) = kind { Some(k) } else { None })
        .collect();
    tops.sort_unstable();
    tops.dedup();
    let of_classes = if kinds().any(|(_, kind)| kind.ranks_classes()) { class_count } else { 0 };
    let each = of_classes + tops.iter().map(|k| u64::from(*k).min(class_count)).sum::<u64>();
    let bytes_besides = bytes(multilabel::STATE_BYTES_PER_CLASS_MAX) * class_count
        + bytes(multilabel::STATE_BYTES_BESIDES_MAX);
    if each == 0 {
        return Kept { bytes_besides, ..sums };
    }
    let asks = |kind: multilabel::Kind| kind.ranks_classes() || matches!(kind, multilabel::Kind::Gap(_));
    Kept {
        metrics: kinds().filter(|(_, kind)| asks(*kind)).map(|(id, _)| id.to_owned()).collect(),
        what: "scores",
        each,
        count_max: multilabel::CELL_COUNT_MAX,
        bytes_each: bytes(multilabel::STATE_BYTES_PER_NARROW_SCORE_MAX),
        bytes_besides,
    }
}

const fn bytes(count: usize) -> u64 {
    count as u64
}
