//! Suites of what is where and when in pictures and videos, in other forms than COCO's.

use egret_metrics::{images, mask, objects, regions, segments, tracks};

use super::{
    Input, Reading,
    names::{Names, places},
};
use crate::{Cell, Column, TableError};

/// Classes that a setting lists; otherwise those that occur as part `part` of what is there and what is found.
fn classes<'a>(
    input: &Input<'a>,
    columns: [Column<'a>; 2],
    part: impl Fn(Cell<'a>) -> Result<Cell<'a>, TableError>,
) -> Result<Names<'a>, TableError> {
    Names::of(input.setting("classes"), || {
        let mut names = Vec::new();
        for cell in columns.into_iter().flat_map(Column::cells).filter(|cell| !cell.is_null()) {
            for entry in cell.list()? {
                names.push(part(entry)?.name()?.into_owned());
            }
        }
        Ok(names)
    })
}

pub(super) fn voc_detection<'a>(
    input: &Input<'a>,
    kinds: Vec<objects::Kind>,
) -> Reading<'a, objects::Params, objects::State> {
    let (truth, found) = (input.column("gts")?, input.column("dets")?);
    let ids = places(input.column("image")?, input.setting("images"))?;
    let classes = classes(input, [truth, found], |entry| entry.part("class"))?;
    let class = |entry: Cell<'_>| classes.number(entry.part("class")?);
    let object = |entry: Cell<'_>| {
        let (corners, difficult) = (entry.part("box")?.vector()?, entry.part("difficult")?);
        let difficult = !difficult.is_null() && difficult.flag()?;
        Ok(objects::TrueObject { class: class(entry)?, corners, difficult })
    };
    let truth = truth.each(|cell| cell.each::<_, TableError>(object))?;
    let image = |(id, objects)| objects::ImageObjects { id, objects };
    let truth: Vec<_> = ids.into_iter().zip(truth).map(image).collect();
    let object = |entry: Cell<'_>| {
        let (score, corners) = (entry.part("score")?.number()?, entry.part("box")?.vector()?);
        Ok(objects::Found { class: class(entry)?, score, corners })
    };
    let found = found.answers(|cell| cell.each::<_, TableError>(object))?;
    let params = objects::Params {
        class_count: classes.count().max(1),
        detection_count_max: objects::DETECTION_COUNT_MAX,
        overlap_min: input.setting("iou").number()?,
        corners_within: input.setting("plus_one").flag()?,
        kinds,
    };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn temporal_localisation<'a>(
    input: &Input<'a>,
    kinds: Vec<segments::Kind>,
) -> Reading<'a, segments::Params, segments::State> {
    let (truth, found) = (input.column("gts")?, input.column("preds")?);
    let ids = places(input.column("video")?, input.setting("videos"))?;
    let classes = classes(input, [truth, found], |entry| entry.part("label"))?;
    let class = |entry: Cell<'_>| classes.number(entry.part("label")?);
    let segment = |entry: Cell<'_>| {
        let [start, end] = entry.part("segment")?.vector()?;
        Ok(segments::TrueSegment { class: class(entry)?, start, end })
    };
    let truth = truth.each(|cell| cell.each::<_, TableError>(segment))?;
    let video = |(id, segments)| segments::VideoSegments { id, segments };
    let truth: Vec<_> = ids.into_iter().zip(truth).map(video).collect();
    let segment = |entry: Cell<'_>| {
        let [start, end] = entry.part("segment")?.vector()?;
        Ok(segments::Segment { class: class(entry)?, score: entry.part("score")?.number()?, start, end })
    };
    let found = found.answers(|cell| cell.each::<_, TableError>(segment))?;
    let params = segments::Params {
        class_count: classes.count().max(1),
        segment_count_max: segments::SEGMENT_COUNT_MAX,
        kinds,
    };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn ocr_detection<'a>(
    input: &Input<'a>,
    kinds: Vec<regions::Kind>,
) -> Reading<'a, regions::Params, regions::State> {
    let points = |entry: Cell<'_>| entry.part("points")?.each(|point| point.vector::<2>());
    let text = |entry: Cell<'_>| {
        let text = entry.part("text")?;
        Ok::<_, TableError>(if text.is_null() { String::new() } else { text.text()?.to_owned() })
    };
    let region = |entry: Cell<'_>| {
        let (ignored, points, text) = (entry.part("ignore")?, points(entry)?, text(entry)?);
        Ok(regions::TrueRegion { points, text, ignored: !ignored.is_null() && ignored.flag()? })
    };
    let truth = input.column("gts")?.each(|cell| cell.each::<_, TableError>(region))?;
    let region = |entry: Cell<'_>| Ok(regions::Region { points: points(entry)?, text: text(entry)? });
    let found = input.column("dets")?.answers(|cell| cell.each::<_, TableError>(region))?;
    let params = regions::Params {
        overlap_min: input.setting("iou").number()?,
        ignored_share_max: input.setting("area_precision").number()?,
        kinds,
    };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn semantic_seg<'a>(
    input: &Input<'a>,
    kinds: Vec<mask::Kind>,
) -> Reading<'a, mask::Params, mask::State> {
    let void: u16 = input.setting("void").whole()?;
    let class = |cell: Cell<'_>| cell.whole().map(|class| if class == void { mask::VOID } else { class });
    let map = |cell: Cell<'_>| cell.each::<_, TableError>(class);
    let truth = input.column("gt")?.each(map)?;
    let found = input.column("pred")?.answers(map)?;
    let sizes = sizes(input)?;
    let label = |([height, width], classes): ([u32; 2], _)| mask::ClassMap { width, height, classes };
    let class_count = input.width("classes", || {
        let largest = truth.iter().flatten().filter(|class| **class != mask::VOID).max();
        Ok(largest.map_or(2, |class| (u32::from(*class) + 1).max(2)))
    })?;
    let truth: Vec<_> = sizes.into_iter().zip(truth).map(label).collect();
    Ok((mask::Params { class_count, kinds }, Box::new(move |state| state.update(&found, &truth))))
}

/// Height and width of each item, in pixels.
fn sizes(input: &Input<'_>) -> Result<Vec<[u32; 2]>, TableError> {
    let heights: Vec<u32> = input.column("h")?.each(|cell| cell.whole())?;
    let widths: Vec<u32> = input.column("w")?.each(|cell| cell.whole())?;
    Ok(heights.into_iter().zip(widths).map(|(height, width)| [height, width]).collect())
}

pub(super) fn image_quality<'a>(
    input: &Input<'a>,
    kinds: Vec<images::Kind>,
) -> Reading<'a, images::Params, images::State> {
    let pixels = |cell: Cell<'_>| cell.each::<_, TableError>(|value| value.whole::<u8>());
    let (truth, found) = (input.column("ref")?.each(pixels)?, input.column("img")?.answers(pixels)?);
    let channels: Vec<u32> = input.column("c")?.each(|cell| cell.whole())?;
    let image = |(([height, width], channel_count), values): (([u32; 2], _), _)| images::Image {
        width,
        height,
        channel_count,
        values,
    };
    let truth: Vec<_> = sizes(input)?.into_iter().zip(channels).zip(truth).map(image).collect();
    Ok((images::Params { kinds }, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn tracking<'a>(
    input: &Input<'a>,
    kinds: Vec<tracks::Kind>,
) -> Reading<'a, tracks::Params, tracks::State> {
    let truth = input.column("gt")?.each(frames)?;
    let found = input.column("hyp")?.answers(frames)?;
    Ok((tracks::Params { kinds }, Box::new(move |state| state.update(&found, &truth))))
}

/// The boxes of each frame; tracks are numbered within the video.
fn frames(cell: Cell<'_>) -> Result<Vec<Vec<tracks::TrackBox>>, TableError> {
    let frames: Vec<Vec<[Cell<'_>; 5]>> = cell.each(|frame| frame.each(|entry| entry.row()))?;
    let names = frames.iter().flatten().map(|entry| Ok(entry[0].name()?.into_owned()));
    let names = Names::occurring(names.collect::<Result<Vec<_>, TableError>>()?);
    let one = |[track, x, y, w, h]: [Cell<'_>; 5]| {
        let bounds = [x.number()?, y.number()?, w.number()?, h.number()?];
        Ok(tracks::TrackBox { track: names.number(track)?, bounds })
    };
    let frame = |entries: Vec<[Cell<'_>; 5]>| entries.into_iter().map(one).collect();
    frames.into_iter().map(frame).collect()
}
