//! Object detection: the twelve figures of COCO.

use std::{ops::Range, path::Path};

use egret_metrics::boxes::{Detection, ImageBoxes, METRICS, Params, State, TrueBox, parse};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const IMAGE_COUNT: usize = 5000;
const CLASS_COUNT: u32 = 80;
/// Numbers of a true box and of a detection: image, class, then sides, area and crowd, or score and sides.
const TRUE_LEN: usize = 8;
const FOUND_LEN: usize = 7;

/// Answers and truth of all images.
pub struct Images {
    found: Vec<Option<Vec<Detection>>>,
    truth: Vec<ImageBoxes>,
}

impl Images {
    pub fn read(folder: &Path) -> Result<Self> {
        let image = |id| ImageBoxes { id, boxes: Vec::new() };
        let mut truth: Vec<ImageBoxes> = (0..IMAGE_COUNT as u64).map(image).collect();
        for &[image, class, x, y, w, h, area, crowd] in
            read::f64s(folder, "boxes-true.f64")?.as_chunks::<TRUE_LEN>().0
        {
            let gold = TrueBox { class: class as u32, x, y, w, h, area, crowd: crowd > 0.0 };
            truth[image as usize].boxes.push(gold);
        }
        let mut found = vec![Vec::new(); IMAGE_COUNT];
        for &[image, class, score, x, y, w, h] in
            read::f64s(folder, "boxes-found.f64")?.as_chunks::<FOUND_LEN>().0
        {
            found[image as usize].push(Detection { class: class as u32, score, x, y, w, h });
        }
        Ok(Self { found: found.into_iter().map(Some).collect(), truth })
    }

    pub fn len(&self) -> usize {
        self.truth.len()
    }

    /// The state of some of the images.
    pub fn state(&self, images: Range<usize>) -> Result<State> {
        let kinds = METRICS.iter().filter_map(|info| parse(info.id)).map(|(kind, _)| kind).collect();
        let params = Params { class_count: CLASS_COUNT, detection_count_max: 1_000_000, kinds };
        let mut state = State::new(params)?;
        state.update(&self.found[images.clone()], &self.truth[images])?;
        Ok(state)
    }
}

pub fn coco(folder: &Path) -> Result<Measurement> {
    let images = Images::read(folder)?;
    let ids = METRICS.each_ref().map(|info| info.id);
    Ok(Box::new(move || Measured::of(&ids, || Ok(images.state(0..images.len())?.values()?))))
}
