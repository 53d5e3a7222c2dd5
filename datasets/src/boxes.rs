use crate::labels::Canvas;
use crate::media::Origin;
use crate::{LabelSource, Problem, TaskManifest, TrueBox, Truth};

/// Pixels that a box may reach over the edge of its picture: tools round, and count from 0 or 1.
const OVER_EDGE_PX: f64 = 1.0;

/// The boxes of a picture of this size, or everything that is wrong with where they lie.
pub(crate) fn truth(
    task: &TaskManifest,
    id: &str,
    canvas: Canvas,
    boxes: Vec<(u64, TrueBox)>,
    origin: Origin,
) -> Result<Truth, Vec<Problem>> {
    let (width, height) = match canvas {
        Canvas::Own => (origin.width, origin.height),
        Canvas::Other(width, height) => (width, height),
        Canvas::Stated(width, height) if (width, height) == (origin.width, origin.height) => (width, height),
        Canvas::Stated(width, height) => {
            let Origin { width: w, height: h } = origin;
            let what = format!("\"{id}\" is {w} × {h}, the annotations say {width} × {height}");
            let remedy = "annotate the picture as it is shown, with its EXIF orientation";
            return Err(vec![Problem::of_file(task.labels_file(), what, remedy)]);
        }
    };
    let outside = |found: &TrueBox| {
        let TrueBox { x, y, w, h, .. } = *found;
        let (right, bottom) = (f64::from(width) + OVER_EDGE_PX, f64::from(height) + OVER_EDGE_PX);
        x < -OVER_EDGE_PX || y < -OVER_EDGE_PX || x + w > right || y + h > bottom
    };
    let wrong = boxes.iter().filter(|(_, found)| outside(found)).map(|(place, found)| {
        let TrueBox { x, y, w, h, .. } = found;
        let what = format!("the box x {x}, y {y}, w {w}, h {h} lies outside of \"{id}\", {width} × {height}");
        let remedy = "give pixels of the original picture, from its upper left corner";
        match &task.labels.source {
            LabelSource::Csv(file) => Problem::at_line(file, *place as u32, what, remedy),
            _ => Problem::of_file(task.labels_file(), format!("annotation {place}: {what}"), remedy),
        }
    });
    let wrong: Vec<Problem> = wrong.collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let boxes = boxes.into_iter().map(|(_, found)| found).collect();
    Ok(Truth::Boxes { width, height, boxes })
}
