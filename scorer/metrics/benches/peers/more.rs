//! Suites that no goal names: sounds of several classes, ranks of values, classes of pixels, translations.

use std::{fs, path::Path};

use egret_metrics::{MULTILABEL_THRESHOLD, mask, multilabel, translations, values};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const SOUND_CLASSES: u32 = 527;
const PIXEL_CLASSES: u32 = 150;
const SIDE: u32 = 512;

pub fn sounds(folder: &Path) -> Result<Measurement> {
    const IDS: [&str; 2] = ["map.macro_sklearn", "lrap"];
    let scores = read::f32s(folder, "sounds-scores.f32")?;
    let present = read::flags(folder, "sounds-labels.u8")?;
    let of_item =
        |row: &[bool]| (0..).zip(row).filter(|(_, is_there)| **is_there).map(|(class, _)| class).collect();
    let labels: Vec<Vec<u32>> = present.chunks(SOUND_CLASSES as usize).map(of_item).collect();
    let answered = vec![true; labels.len()];
    Ok(Box::new(move || {
        Measured::of(&IDS, || {
            let kinds = IDS.iter().filter_map(|id| multilabel::parse(id)).map(|(kind, _)| kind).collect();
            let (class_count, threshold) = (SOUND_CLASSES, MULTILABEL_THRESHOLD);
            let mut state = multilabel::State::new(multilabel::Params { class_count, threshold, kinds })?;
            state.update(multilabel::Scores::F32(&scores), &answered, &labels)?;
            Ok(state.values()?)
        })
    }))
}

pub fn ranks(folder: &Path) -> Result<Measurement> {
    const IDS: [&str; 2] = ["spearman", "kendall_b"];
    let (found, truth) = (read::f64s(folder, "ranks-found.f64")?, read::f64s(folder, "ranks-true.f64")?);
    let answered = vec![true; truth.len()];
    Ok(Box::new(move || {
        Measured::of(&IDS, || {
            let kinds = IDS.iter().filter_map(|id| values::parse(id)).map(|(kind, _)| kind).collect();
            let mut state = values::State::new(values::Params { value_count: 1, kinds })?;
            state.update(&found, &answered, &truth)?;
            Ok(state.values()?)
        })
    }))
}

pub fn pixels(folder: &Path) -> Result<Measurement> {
    const IDS: [&str; 1] = ["miou.absent_zero"];
    let classes = |name: &str| -> Result<Vec<Vec<u16>>> {
        let classes = read::u32s(folder, name)?;
        let of_image = |image: &[u32]| image.iter().map(|class| *class as u16).collect();
        Ok(classes.chunks((SIDE * SIDE) as usize).map(of_image).collect())
    };
    let found: Vec<_> = classes("pixels-found.u32")?.into_iter().map(Some).collect();
    let map = |classes| mask::ClassMap { width: SIDE, height: SIDE, classes };
    let truth: Vec<_> = classes("pixels-true.u32")?.into_iter().map(map).collect();
    Ok(Box::new(move || {
        Measured::of(&IDS, || {
            let kinds = IDS.iter().filter_map(|id| mask::parse(id)).map(|(kind, _)| kind).collect();
            let mut state = mask::State::new(mask::Params { class_count: PIXEL_CLASSES, kinds })?;
            state.update(&found, &truth)?;
            Ok(state.values()?)
        })
    }))
}

pub fn translations(folder: &Path) -> Result<Measurement> {
    const IDS: [&str; 2] = ["bleu.13a", "chrf"];
    let lines = |name: &str| -> Result<Vec<String>> {
        Ok(fs::read_to_string(folder.join(name))?.lines().map(str::to_owned).collect())
    };
    let found: Vec<_> = lines("texts-found.txt")?.into_iter().map(Some).collect();
    let truth: Vec<_> = lines("texts-true.txt")?.into_iter().map(|line| vec![line]).collect();
    Ok(Box::new(move || {
        Measured::of(&IDS, || {
            let kinds = IDS.iter().filter_map(|id| translations::parse(id)).map(|(kind, _)| kind).collect();
            let mut state = translations::State::new(translations::Params { kinds })?;
            state.update(&found, &truth)?;
            Ok(state.values()?)
        })
    }))
}
