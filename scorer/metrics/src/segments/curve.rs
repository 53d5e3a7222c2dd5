use super::Kept;

/// The area under precision over recall, where precision is the greatest at that recall or more. `kept` is a class in
/// canonical order, `relevant` is not 0.
pub(super) fn average_precision(kept: &[Kept], bit: usize, relevant: u64) -> f64 {
    let right = kept.iter().zip(1_u64..).filter(|(kept, _)| kept.hits >> bit & 1 == 1);
    let precisions: Vec<f64> =
        right.zip(1_u64..).map(|((_, place), found)| found as f64 / place as f64).collect();
    // Between right segments precision only falls: the greatest is after one of them.
    let (mut greatest, mut area, relevant) = (0.0_f64, 0.0, relevant as f64);
    for (found, precision) in precisions.iter().enumerate().rev() {
        greatest = greatest.max(*precision);
        area += ((found + 1) as f64 / relevant - found as f64 / relevant) * greatest;
    }
    area
}
