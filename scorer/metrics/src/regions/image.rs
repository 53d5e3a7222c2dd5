use super::{
    PIXELS_MAX, POINT_COUNT_MAX, Params, Point, REGION_COUNT_MAX, Region, RegionCounts, TEXT_BYTES_MAX,
    TrueRegion,
    polygon::{Overlap, Polygon},
};
use crate::MetricError;

/// Matches the regions of one image and adds to the counts. The order is that of the ICDAR script: each true region takes the
/// first free found one that overlaps it enough; ignored ones take part in nothing.
pub(super) fn add_image(
    params: &Params,
    found: &[Region],
    truth: &[TrueRegion],
    overlap: &mut Overlap,
    counts: &mut RegionCounts,
) {
    let outlines = truth.iter().filter_map(|gold| Some((Polygon::new(&gold.points)?, gold)));
    let (ignored, truth): (Vec<_>, Vec<_>) = outlines.partition(|(_, gold)| gold.ignored);
    let found = found.iter().filter_map(|region| Some((Polygon::new(&region.points)?, region.text.as_str())));
    let mut free: Vec<(Polygon, &str)> = found
        .filter(|(outline, _)| {
            let within = |(gold, _): &(Polygon, _)| {
                let shared = overlap.shared(gold, outline);
                outline.area() > 0.0 && shared / outline.area() > params.ignored_share_max
            };
            !ignored.iter().any(within)
        })
        .collect();
    counts.truth += truth.len() as u64;
    counts.found += free.len() as u64;
    for (outline, gold) in &truth {
        let overlaps = |(region, _): &(Polygon, _)| {
            let shared = overlap.shared(outline, region);
            shared > 0.0 && shared / (outline.area() + region.area() - shared) > params.overlap_min
        };
        if let Some(place) = free.iter().position(overlaps) {
            let (_, text) = free.remove(place);
            counts.matched += 1;
            counts.read += u64::from(text.to_uppercase() == gold.text.to_uppercase());
        }
    }
}

pub(super) fn check_found(item: usize, found: &[Region]) -> Result<(), MetricError> {
    let refused = |what| Err(MetricError::AnswerOutOfDomain { item, what });
    if let Some(what) = too_many(found.len(), "found regions") {
        return refused(what);
    }
    for region in found {
        if region.points.iter().flatten().any(|number| !number.is_finite()) {
            let what = "a corner of a found region is not finite".to_owned();
            return Err(MetricError::NonFinite { item, what });
        }
        if let Some(what) = too_much(&region.points, &region.text) {
            return refused(what);
        }
    }
    Ok(())
}

pub(super) fn check_truth(item: usize, truth: &[TrueRegion]) -> Result<(), MetricError> {
    let too_much = || truth.iter().find_map(|gold| too_much(&gold.points, &gold.text));
    let what = too_many(truth.len(), "true regions").or_else(too_much);
    what.map_or(Ok(()), |what| Err(MetricError::OutOfDomain { item, what }))
}

fn too_many(count: usize, what: &str) -> Option<String> {
    (count > REGION_COUNT_MAX).then(|| format!("{count} {what}; allowed are {REGION_COUNT_MAX}"))
}

fn too_much(points: &[Point], text: &str) -> Option<String> {
    let (corners, bytes) = (points.len(), text.len());
    if corners > POINT_COUNT_MAX {
        return Some(format!("a region of {corners} corners; allowed are {POINT_COUNT_MAX}"));
    }
    if bytes > TEXT_BYTES_MAX {
        return Some(format!("a text of {bytes} bytes; allowed are {TEXT_BYTES_MAX}"));
    }
    // Not a number is not within.
    let beyond = points.iter().flatten().find(|number| !(-PIXELS_MAX..=PIXELS_MAX).contains(*number))?;
    Some(format!("a corner at {beyond}; pixels are allowed up to {PIXELS_MAX}"))
}
