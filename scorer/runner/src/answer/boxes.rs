//! Detections: from a detector's own tensors to corners, score and class, in pixels of the picture that was given.

use egret_admission::answer::{BoxFormat, Detector};
use egret_jail::answers::BOX_WIDTH;
use egret_onnx::OutputView;

use super::Unreadable;
use super::numbers::{floats, text};

/// Strides of the cells of a YOLOX head, in pixels.
const STRIDES: [u64; 3] = [8, 16, 32];

/// One object: corners in pixels of the model's picture.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    corners: [f32; 4],
    score: f32,
    class: u32,
}

/// What the detector says of every item of a run over `rows` items. `sizes` are width and height of the items' pictures.
pub fn read(
    detector: &Detector,
    views: &[OutputView<'_>],
    rows: u64,
    sizes: &[(u32, u32)],
) -> Result<Vec<Vec<f32>>, Unreadable> {
    let tensors = if detector.format == BoxFormat::Tensors {
        tensors(views, rows)?
    } else {
        one(detector, views, rows)?
    };
    let mut all = Vec::with_capacity(sizes.len());
    for (item, size) in sizes.iter().enumerate() {
        let model = detector.size.map_or(*size, |(height, width)| (width as u32, height as u32));
        let mut found = tensors.decode(detector, item, model)?;
        found.retain(|found| f64::from(found.score) >= detector.score_min || found.score.is_nan());
        thin_out(&mut found, detector);
        let (x, y) = (size.0 as f32 / model.0 as f32, size.1 as f32 / model.1 as f32);
        let mut records = Vec::with_capacity(found.len() * BOX_WIDTH as usize);
        for Found { corners: [left, top, right, bottom], score, class } in found {
            records.extend([left * x, top * y, right * x, bottom * y, score, class as f32]);
        }
        all.push(records);
    }
    Ok(all)
}

/// The best first (of equals the earlier), at most as many as may be; of those of a class that overlap, the better one.
fn thin_out(found: &mut Vec<Found>, detector: &Detector) {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    if let Some(iou_max) = detector.iou_max {
        let mut kept: Vec<Found> = Vec::new();
        for candidate in found.drain(..) {
            if kept.len() == detector.count_max as usize {
                break;
            }
            let same = kept.iter().filter(|other| other.class == candidate.class);
            if same.map(|other| overlap(other, &candidate)).all(|iou| iou <= iou_max) {
                kept.push(candidate);
            }
        }
        *found = kept;
    }
    found.truncate(detector.count_max as usize);
}

/// Intersection over union.
fn overlap(a: &Found, b: &Found) -> f64 {
    let [al, at, ar, ab] = a.corners.map(f64::from);
    let [bl, bt, br, bb] = b.corners.map(f64::from);
    let width = (ar.min(br) - al.max(bl)).max(0.0);
    let height = (ab.min(bb) - at.max(bt)).max(0.0);
    let both = width * height;
    let all = (ar - al) * (ab - at) + (br - bl) * (bb - bt) - both;
    if all > 0.0 { both / all } else { 0.0 }
}

/// A detector's numbers, item by item.
enum Tensors {
    /// One tensor `[a, b]` or `[a, b, c]` per item.
    One { values: Vec<f32>, dims: Vec<usize> },
    /// Boxes, scores and classes of `count` objects per item.
    Three { boxes: Vec<f32>, scores: Vec<f32>, classes: Vec<f32>, count: usize },
}

fn one(detector: &Detector, views: &[OutputView<'_>], rows: u64) -> Result<Tensors, Unreadable> {
    let view = views.first().ok_or_else(|| Unreadable("there is no output".to_owned()))?;
    let wrong = || {
        let name = detector.format.name();
        Unreadable(format!(
            "the output is {}, expected boxes of the form `{name}` for {rows} items",
            text(view)
        ))
    };
    let (batch, dims) = view.shape.split_first().ok_or_else(wrong)?;
    let dims: Vec<usize> = dims.iter().map(|dim| *dim as usize).collect();
    let classes = detector.class_count as usize;
    let fits = match (detector.format, dims.as_slice()) {
        (BoxFormat::Rows, [_, 6]) => true,
        (BoxFormat::Yolov8, [width, _]) => *width == 4 + classes,
        (BoxFormat::Yolov5 | BoxFormat::Yolox, [_, width]) | (BoxFormat::FastestDet, [width, _, _]) => {
            *width == 5 + classes
        }
        _ => false,
    };
    if !fits || u64::try_from(*batch) != Ok(rows) {
        return Err(wrong());
    }
    let count = dims.iter().product::<usize>() * rows as usize;
    Ok(Tensors::One { values: floats(view.data, count).ok_or_else(wrong)?, dims })
}

fn tensors(views: &[OutputView<'_>], rows: u64) -> Result<Tensors, Unreadable> {
    let shapes: Vec<String> = views.iter().map(text).collect();
    let wrong = || {
        let shapes = shapes.join(", ");
        Unreadable(format!(
            "the outputs are {shapes}, expected boxes [{rows},K,4], scores [{rows},K], classes [{rows},K]"
        ))
    };
    let [boxes, scores, classes] = views else { return Err(wrong()) };
    // Without a batch they are those of one item.
    let count = match (boxes.shape, scores.shape, classes.shape) {
        ([k, 4], [s], [c]) if rows == 1 && k == s && k == c => *k,
        ([n, k, 4], [ns, s], [nc, c])
            if [n, ns, nc].iter().all(|n| u64::try_from(**n) == Ok(rows)) && k == s && k == c =>
        {
            *k
        }
        _ => return Err(wrong()),
    } as usize;
    let all = count * rows as usize;
    Ok(Tensors::Three {
        boxes: floats(boxes.data, all * 4).ok_or_else(wrong)?,
        scores: floats(scores.data, all).ok_or_else(wrong)?,
        classes: floats(classes.data, all).ok_or_else(wrong)?,
        count,
    })
}

impl Tensors {
    fn decode(&self, detector: &Detector, item: usize, size: (u32, u32)) -> Result<Vec<Found>, Unreadable> {
        match self {
            Self::Three { boxes, scores, classes, count } => {
                let range = item * count..(item + 1) * count;
                range
                    .map(|k| {
                        let corners = std::array::from_fn(|side| boxes[k * 4 + side]);
                        found(corners, scores[k], classes[k])
                    })
                    .collect()
            }
            Self::One { values, dims } => {
                let length = dims.iter().product::<usize>();
                let values = &values[item * length..(item + 1) * length];
                let classes = detector.class_count as usize;
                Ok(match detector.format {
                    BoxFormat::Rows | BoxFormat::Tensors => {
                        let rows = values.as_chunks::<6>().0.iter();
                        return rows
                            .map(|[l, t, r, b, score, class]| found([*l, *t, *r, *b], *score, *class))
                            .collect();
                    }
                    BoxFormat::Yolov5 => values
                        .chunks_exact(5 + classes)
                        .map(|row| {
                            let (class, best) = highest(classes, |class| row[5 + class]);
                            Found { corners: centred(row), score: row[4] * best, class }
                        })
                        .collect(),
                    BoxFormat::Yolov8 => {
                        let count = dims[1];
                        let at = |field: usize, k: usize| values[field * count + k];
                        (0..count)
                            .map(|k| {
                                let (class, score) = highest(classes, |class| at(4 + class, k));
                                let corners = centred(&[at(0, k), at(1, k), at(2, k), at(3, k)]);
                                Found { corners, score, class }
                            })
                            .collect()
                    }
                    BoxFormat::Yolox => yolox(values, classes, size)?,
                    BoxFormat::FastestDet => fastestdet(values, (dims[1], dims[2]), classes, size),
                })
            }
        }
    }
}

/// A class that is no whole number of the task's is left for the judge to see.
fn found(corners: [f32; 4], score: f32, class: f32) -> Result<Found, Unreadable> {
    if class >= 0.0 && class.fract() == 0.0 && class < 16_777_216.0 {
        Ok(Found { corners, score, class: class as u32 })
    } else {
        Err(Unreadable("the class of a box is not a whole number from 0".to_owned()))
    }
}

/// The first highest of the class scores.
fn highest(count: usize, at: impl Fn(usize) -> f32) -> (u32, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for class in 0..count {
        if at(class) > best.1 {
            best = (class as u32, at(class));
        }
    }
    best
}

/// Centre and size become corners.
fn centred(row: &[f32]) -> [f32; 4] {
    let [x, y, w, h] = [row[0], row[1], row[2], row[3]];
    [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0]
}

/// Megvii's YOLOX before decoding: per cell of every stride, row by row.
fn yolox(values: &[f32], classes: usize, (width, height): (u32, u32)) -> Result<Vec<Found>, Unreadable> {
    let cells = STRIDES.iter().flat_map(|&stride| {
        let (columns, rows) = (u64::from(width) / stride, u64::from(height) / stride);
        (0..rows).flat_map(move |row| (0..columns).map(move |column| (column, row, stride)))
    });
    let cells: Vec<_> = cells.collect();
    let rows = values.chunks_exact(5 + classes);
    if rows.len() != cells.len() {
        let (found, wanted) = (rows.len(), cells.len());
        return Err(Unreadable(format!(
            "the output has {found} cells; {width}×{height} pixels in cells of 8, 16 and 32 have {wanted}"
        )));
    }
    let one = |(row, (column, line, stride)): (&[f32], &(u64, u64, u64))| {
        let stride = *stride as f32;
        let (x, y) = ((row[0] + *column as f32) * stride, (row[1] + *line as f32) * stride);
        let (w, h) = (row[2].exp() * stride, row[3].exp() * stride);
        let (class, best) = highest(classes, |class| row[5 + class]);
        Found { corners: centred(&[x, y, w, h]), score: row[4] * best, class }
    };
    Ok(rows.zip(&cells).map(one).collect())
}

/// FastestDet's own head: one box per cell, relative to the picture.
fn fastestdet(
    values: &[f32],
    (rows, columns): (usize, usize),
    classes: usize,
    size: (u32, u32),
) -> Vec<Found> {
    let plane = rows * columns;
    let at = |field: usize, cell: usize| values[field * plane + cell];
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let (width, height) = (size.0 as f32, size.1 as f32);
    (0..plane)
        .map(|cell| {
            let (class, best) = highest(classes, |class| at(5 + class, cell));
            let x = ((cell % columns) as f32 + at(1, cell).tanh()) / columns as f32 * width;
            let y = ((cell / columns) as f32 + at(2, cell).tanh()) / rows as f32 * height;
            let (w, h) = (sigmoid(at(3, cell)) * width, sigmoid(at(4, cell)) * height);
            Found { corners: centred(&[x, y, w, h]), score: at(0, cell).powf(0.6) * best.powf(0.4), class }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use egret_onnx::OutputData;

    use super::*;

    fn detector(format: BoxFormat) -> Detector {
        let iou_max = format.is_raw().then_some(0.5);
        Detector { format, class_count: 2, score_min: 0.1, iou_max, count_max: 2, size: Some((32, 32)) }
    }

    fn boxes(format: BoxFormat, shape: &[i64], values: &[f32]) -> Result<Vec<Vec<f32>>, Unreadable> {
        let view = OutputView { shape, data: OutputData::F32(values) };
        read(&detector(format), &[view], shape[0] as u64, &vec![(64, 32); shape[0] as usize])
    }

    #[test]
    fn rows_are_scaled_to_the_items_own_picture_best_first() {
        let rows =
            [[1.0, 2.0, 3.0, 4.0, 0.2, 0.0], [0.0, 0.0, 8.0, 8.0, 0.05, 1.0], [4.0, 4.0, 8.0, 8.0, 0.9, 1.0]];
        let found = boxes(BoxFormat::Rows, &[1, 3, 6], rows.as_flattened()).unwrap();
        assert_eq!(found, [[8.0, 4.0, 16.0, 8.0, 0.9, 1.0, 2.0, 2.0, 6.0, 4.0, 0.2, 0.0]]);
        assert!(boxes(BoxFormat::Rows, &[1, 3, 6], &[0.5; 18]).unwrap_err().0.contains("whole number"));
        assert!(boxes(BoxFormat::Rows, &[1, 2, 7], &[0.0; 14]).is_err());
    }

    #[test]
    fn overlapping_boxes_of_a_class_are_one_object() {
        let row = |x: f32, object: f32, a: f32, b: f32| [x, 8.0, 8.0, 8.0, object, a, b];
        let rows = [
            row(8.0, 0.5, 1.0, 0.0),
            row(9.0, 0.8, 1.0, 0.0),
            row(9.0, 0.4, 0.0, 1.0),
            row(30.0, 0.3, 1.0, 0.0),
        ];
        let found = boxes(BoxFormat::Yolov5, &[1, 4, 7], rows.as_flattened()).unwrap();
        let kept: Vec<(f32, f32)> =
            found[0].as_chunks::<6>().0.iter().map(|found| (found[4], found[5])).collect();
        assert_eq!(kept, [(0.8, 0.0), (0.4, 1.0)], "of at most two");
        let turned: Vec<f32> = (0..6)
            .flat_map(|field| rows.map(|row| if field < 4 { row[field] } else { row[field + 1] }))
            .collect();
        let found = boxes(BoxFormat::Yolov8, &[1, 6, 4], &turned).unwrap();
        assert_eq!(found[0].len(), 12);
    }

    #[test]
    fn cells_are_where_their_strides_put_them() {
        // 32×32: sixteen cells of 8, four of 16, one of 32.
        let mut rows = vec![[0.0; 7]; 21];
        rows[6] = [0.5, 0.5, 0.0, 0.0, 1.0, 0.0, 0.5];
        rows[20] = [0.5, 0.5, 0.0, 0.0, 1.0, 0.25, 0.0];
        let found = boxes(BoxFormat::Yolox, &[1, 21, 7], rows.as_flattened()).unwrap();
        assert_eq!(found[0], [32.0, 8.0, 48.0, 16.0, 0.5, 1.0, 0.0, 0.0, 64.0, 32.0, 0.25, 0.0]);
        assert!(boxes(BoxFormat::Yolox, &[1, 20, 7], &[0.0; 140]).unwrap_err().0.contains("cells"));
    }

    #[test]
    fn tensors_without_a_batch_are_those_of_one_item() {
        let view = |shape, data| OutputView { shape, data: OutputData::F32(data) };
        let three = [view(&[1, 4], &[0.0, 0.0, 4.0, 8.0]), view(&[1], &[0.5]), view(&[1], &[1.0])];
        let found = read(&detector(BoxFormat::Tensors), &three, 1, &[(32, 32)]).unwrap();
        assert_eq!(found, [[0.0, 0.0, 4.0, 8.0, 0.5, 1.0]]);
        assert!(read(&detector(BoxFormat::Tensors), &three, 2, &[(32, 32); 2]).is_err());
    }
}
