//! Where a class ends.

use super::VOID;

/// How far a boundary reaches into its class, in pixels: 2 % of the diagonal, rounded half to even, at least 1 (Cheng et al.
/// 2021).
pub(super) fn boundary_width(width: u32, height: u32) -> usize {
    let (width, height) = (f64::from(width), f64::from(height));
    (0.02 * (width * width + height * height).sqrt()).round_ties_even().max(1.0) as usize
}

/// The map with every pixel void that is not within `reach` pixels, in rows and columns at most, of another class, of void
/// or of the image's outside: what is left of each class after `reach` erosions by 3×3 is taken away from it.
pub(super) fn boundary(classes: &[u16], width: usize, reach: usize) -> Vec<u16> {
    let height = classes.len() / width;
    // A pixel is inside if its row is of one class as far as it reaches, and so are the rows as far as it reaches.
    let mut rows = vec![VOID; classes.len()];
    for y in 0..height {
        keep_inside(classes, &mut rows, y * width, 1, width, reach);
    }
    let mut inside = vec![VOID; classes.len()];
    for x in 0..width {
        keep_inside(&rows, &mut inside, x, width, height, reach);
    }
    let edge = |(&class, &inside): (&u16, &u16)| if inside == VOID { class } else { VOID };
    classes.iter().zip(&inside).map(edge).collect()
}

/// Along one line of `count` pixels from `start` in steps of `step`: copies from each run of equal classes all but `reach`
/// pixels at either end.
fn keep_inside(from: &[u16], to: &mut [u16], start: usize, step: usize, count: usize, reach: usize) {
    let at = |position: usize| start + position * step;
    let mut begin = 0;
    while begin < count {
        let class = from[at(begin)];
        let end = (begin..count).find(|&position| from[at(position)] != class).unwrap_or(count);
        for position in begin + reach..end.saturating_sub(reach) {
            to[at(position)] = class;
        }
        begin = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_are_those_of_the_reference() {
        for (width, height, want) in [(1, 1, 1), (20, 15, 1), (60, 45, 2), (100, 75, 2), (512, 512, 14)] {
            assert_eq!(boundary_width(width, height), want, "{width}×{height}");
        }
    }

    /// The definition, one erosion after the other.
    fn eroded(classes: &[u16], width: usize, reach: usize) -> Vec<u16> {
        let height = classes.len() / width;
        let mut inside = classes.to_vec();
        for _ in 0..reach {
            let before = inside.clone();
            for (i, &class) in before.iter().enumerate() {
                let (y, x) = (i / width, i % width);
                let same = |dy: usize, dx: usize| {
                    let (y, x) = ((y + dy).wrapping_sub(1), (x + dx).wrapping_sub(1));
                    y < height && x < width && before[y * width + x] == class
                };
                if !(0..3).all(|dy| (0..3).all(|dx| same(dy, dx))) {
                    inside[i] = VOID;
                }
            }
        }
        inside
    }

    proptest! {
        #[test]
        fn it_is_what_erosions_take_away(
            classes in prop::collection::vec(prop_oneof![8 => Just(0_u16), 1 => Just(1), 1 => Just(VOID)], 96),
            width in prop::sample::select(vec![1_usize, 6, 8, 12, 96]),
            reach in 1_usize..4,
        ) {
            let inside = eroded(&classes, width, reach);
            let edges = boundary(&classes, width, reach);
            for ((&class, inside), edge) in classes.iter().zip(inside).zip(edges) {
                prop_assert_eq!(edge, if inside == VOID { class } else { VOID });
            }
        }
    }
}
