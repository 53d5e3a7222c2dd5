use std::collections::HashMap;

use super::reading::Wrong;
use super::set::{Canvas, ItemSet, Label};
use super::truths::Object;
use crate::{TrueBox, TrueSegment, Truth};

/// Objects of all items, in the order of the file, until it is known which belong together.
#[derive(Default)]
pub(super) struct Collected {
    boxes: Vec<(u32, u64, TrueBox)>,
    segments: Vec<(u32, TrueSegment)>,
    sizes: HashMap<u32, (u32, u32)>,
}

impl Collected {
    /// Takes what a line says of an item.
    pub fn add(
        &mut self,
        item: u32,
        line: u32,
        object: Option<&Object>,
        size: Option<(u32, u32)>,
    ) -> Result<(), Wrong> {
        if let Some(size) = size
            && *self.sizes.entry(item).or_insert(size) != size
        {
            let what = "the size of the picture differs from an earlier line, of the same item";
            return Err(vec![(what.into(), "say the same".into())]);
        }
        match object {
            Some(Object::Box(found)) => self.boxes.push((item, u64::from(line), *found)),
            Some(Object::Segment(found)) => self.segments.push((item, *found)),
            None => {}
        }
        Ok(())
    }

    /// Gives every item its objects, which stay in the order of the file.
    pub fn finish(mut self, set: &mut ItemSet) {
        self.boxes.sort_by_key(|(item, ..)| *item);
        self.segments.sort_by_key(|(item, _)| *item);
        for (item, (width, height)) in self.sizes {
            set.set_label(item, &Label::Boxes { canvas: Canvas::Other(width, height), boxes: Vec::new() });
        }
        for found in self.boxes.chunk_by(|a, b| a.0 == b.0) {
            set.add_boxes(found[0].0, found.iter().map(|(_, line, found)| (*line, *found)).collect());
        }
        for found in self.segments.chunk_by(|a, b| a.0 == b.0) {
            let segments = found.iter().map(|(_, segment)| *segment).collect();
            set.set_label(found[0].0, &Label::Known(Truth::Segments(segments)));
        }
    }
}
