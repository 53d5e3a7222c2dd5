//! Shrinking a picture by area, as OpenCV's `INTER_AREA`: a pixel is the mean of what it covers, parts of pixels by their size.

/// Weights of the source pixels under one pixel, and where they begin.
struct Cover {
    first: usize,
    weights: Vec<f64>,
}

/// What each of `to` pixels covers of `from`; `from` is not less.
fn covers(from: u32, to: u32) -> Vec<Cover> {
    let scale = f64::from(from) / f64::from(to);
    (0..to)
        .map(|at| {
            let (start, end) = (f64::from(at) * scale, f64::from(at + 1) * scale);
            let first = start.floor() as usize;
            let last = (end.ceil() as usize).clamp(first + 1, from as usize);
            let part =
                |pixel: usize| (end.min((pixel + 1) as f64) - start.max(pixel as f64)).max(0.0) / scale;
            Cover { first, weights: (first..last).map(part).collect() }
        })
        .collect()
}

/// Fills `to` of `to_size` (width, height) from `from` of `from_size`; both are rows of interleaved channels.
pub fn shrink(from: &[u8], from_size: (u32, u32), channels: usize, to: &mut [u8], to_size: (u32, u32)) {
    let (columns, rows) = (covers(from_size.0, to_size.0), covers(from_size.1, to_size.1));
    let stride = from_size.0 as usize * channels;
    let mut line = vec![0.0; stride];
    for (row, out) in rows.iter().zip(to.chunks_exact_mut(to_size.0 as usize * channels)) {
        line.fill(0.0);
        for (source, weight) in from[row.first * stride..].chunks_exact(stride).zip(&row.weights) {
            line.iter_mut().zip(source).for_each(|(sum, sample)| *sum += weight * f64::from(*sample));
        }
        for (column, pixel) in columns.iter().zip(out.chunks_exact_mut(channels)) {
            let samples = line[column.first * channels..].chunks_exact(channels).zip(&column.weights);
            let mut sums = [0.0; 4];
            for (sample, weight) in samples {
                sums.iter_mut().zip(sample).for_each(|(sum, sample)| *sum += weight * sample);
            }
            pixel.iter_mut().zip(sums).for_each(|(to, sum)| *to = sum.round_ties_even() as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_pixels_count_by_their_size() {
        let mut to = [0; 2];
        // Three pixels on two: one and a half each.
        shrink(&[30, 60, 90], (3, 1), 1, &mut to, (2, 1));
        assert_eq!(to, [40, 80]);
        let mut to = [0; 3];
        shrink(&[0, 10, 20, 40, 30, 60, 4, 6, 8, 0, 0, 0], (2, 2), 3, &mut to, (1, 1));
        assert_eq!(to, [11, 12, 22]);
        let mut same = [0; 4];
        shrink(&[1, 2, 3, 4], (2, 2), 1, &mut same, (2, 2));
        assert_eq!(same, [1, 2, 3, 4]);
    }
}
