/// The filter that means, variances and covariance are taken with at each place of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// 11×11, normal of σ = 1.5 pixels; population covariance.
    Gaussian,
    /// 7×7, all pixels alike; sample covariance.
    Uniform7,
}

impl Window {
    /// Pixels of an edge, and the least of an image's.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Gaussian => 11,
            Self::Uniform7 => 7,
        }
    }

    /// The weights of a row, and what the sum over rows and columns is multiplied with.
    fn weights(self) -> (Vec<f64>, f64) {
        match self {
            Self::Gaussian => {
                let weight = |i: i32| libm::exp(-f64::from(i * i) / (2.0 * 1.5 * 1.5));
                let weights: Vec<f64> = (-5..=5).map(weight).collect();
                let sum: f64 = weights.iter().sum();
                (weights.iter().map(|weight| weight / sum).collect(), 1.0)
            }
            // Sums of whole numbers, so exact.
            Self::Uniform7 => (vec![1.0; 7], 1.0 / 49.0),
        }
    }

    /// What a population covariance is multiplied with.
    fn covariance_factor(self) -> f64 {
        match self {
            Self::Gaussian => 1.0,
            Self::Uniform7 => 49.0 / 48.0,
        }
    }
}

/// Mean structural similarity of two planes of 8-bit values, over the places where the window lies within (Wang et al. 2004;
/// K1 = 0.01, K2 = 0.03, range 255). Row-major, `width` pixels a row; no edge is less than the window's.
pub(super) fn ssim(a: &[f64], b: &[f64], width: usize, window: Window) -> f64 {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>();
    let filtered = |plane: &[f64]| filter(plane, width, window);
    let (mean_a, mean_b) = (filtered(a), filtered(b));
    let (square_a, square_b) = (filtered(&product(a, a)), filtered(&product(b, b)));
    let cross = filtered(&product(a, b));
    let factor = window.covariance_factor();
    let (c1, c2) = ((0.01 * 255.0) * (0.01 * 255.0), (0.03 * 255.0) * (0.03 * 255.0));
    let at = |i: usize| {
        let (a, b) = (mean_a[i], mean_b[i]);
        let variances = factor * (square_a[i] - a * a) + factor * (square_b[i] - b * b);
        let covariance = factor * (cross[i] - a * b);
        ((2.0 * a * b + c1) * (2.0 * covariance + c2)) / ((a * a + b * b + c1) * (variances + c2))
    };
    let mean = (0..mean_a.len()).map(at).sum::<f64>() / mean_a.len() as f64;
    // What rounding puts beyond is none of the images' doing.
    mean.clamp(-1.0, 1.0)
}

/// The weighted mean at each place where the window lies within, row-major.
fn filter(plane: &[f64], width: usize, window: Window) -> Vec<f64> {
    let (weights, scale) = window.weights();
    let across: Vec<f64> = plane
        .chunks_exact(width)
        .flat_map(|row| row.windows(weights.len()))
        .map(|part| part.iter().zip(&weights).map(|(pixel, weight)| pixel * weight).sum())
        .collect();
    let width = width + 1 - weights.len();
    let height = across.len() / width + 1 - weights.len();
    let mut down = vec![0.0; width * height];
    for (y, row) in down.chunks_exact_mut(width).enumerate() {
        for (dy, weight) in weights.iter().enumerate() {
            let from = &across[(y + dy) * width..][..width];
            row.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
        }
        for to in row {
            *to *= scale;
        }
    }
    down
}
