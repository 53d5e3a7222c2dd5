/// A corner: x and y in pixels.
pub type Point = [f64; 2];

/// The outline of a region that does not cross or touch itself. Which way round does not matter.
#[derive(Debug)]
pub(super) struct Polygon {
    points: Vec<Point>,
    area: f64,
    least: Point,
    greatest: Point,
}

impl Polygon {
    /// `None` if the outline crosses, touches or folds back on itself, or has fewer than three different corners. Corners
    /// said twice in a row count once. All numbers are finite.
    pub(super) fn new(corners: &[Point]) -> Option<Self> {
        let mut points = corners.to_vec();
        points.dedup();
        while points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        if points.len() < 3 || !is_simple(&points) {
            return None;
        }
        let (mut least, mut greatest) = (points[0], points[0]);
        for [x, y] in &points {
            least = [least[0].min(*x), least[1].min(*y)];
            greatest = [greatest[0].max(*x), greatest[1].max(*y)];
        }
        // Seen from the first corner, so that distance from the origin costs no digits.
        let fan = points[1..].windows(2).map(|pair| cross(points[0], pair[0], pair[1]));
        let area = fan.sum::<f64>().abs() / 2.0;
        Some(Self { points, area, least, greatest })
    }

    pub(super) fn area(&self) -> f64 {
        self.area
    }

    fn edges(&self) -> impl Iterator<Item = (Point, Point)> {
        edges(&self.points)
    }

    fn is_apart_from(&self, other: &Self) -> bool {
        (0..2)
            .any(|axis| self.greatest[axis] <= other.least[axis] || other.greatest[axis] <= self.least[axis])
    }
}

fn edges(points: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}

/// Twice the signed area of a triangle.
fn cross(a: Point, b: Point, c: Point) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// Whether no two edges share anything but the corner between neighbours.
fn is_simple(points: &[Point]) -> bool {
    let folds_back = |place: usize| {
        let corner = |step: usize| points[(place + step) % points.len()];
        let (a, b, c) = (corner(0), corner(1), corner(2));
        let ahead = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
        cross(a, b, c) == 0.0 && ahead < 0.0
    };
    if (0..points.len()).any(folds_back) {
        return false;
    }
    let apart = |first: usize, second: usize| second - first < 2 || first + points.len() - second < 2;
    let edge = |place: usize| (points[place], points[(place + 1) % points.len()]);
    (0..points.len()).all(|first| {
        (first + 1..points.len()).all(|second| apart(first, second) || !meet(edge(first), edge(second)))
    })
}

/// Whether two edges share a point.
fn meet((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let within = |p: Point, q: Point, r: Point| {
        (0..2).all(|axis| p[axis].min(q[axis]) <= r[axis] && r[axis] <= p[axis].max(q[axis]))
    };
    let sides = [cross(c, d, a), cross(c, d, b), cross(a, b, c), cross(a, b, d)];
    let opposite = |one: f64, other: f64| one > 0.0 && other < 0.0 || one < 0.0 && other > 0.0;
    opposite(sides[0], sides[1]) && opposite(sides[2], sides[3])
        || sides[0] == 0.0 && within(c, d, a)
        || sides[1] == 0.0 && within(c, d, b)
        || sides[2] == 0.0 && within(a, b, c)
        || sides[3] == 0.0 && within(a, b, d)
}

/// An edge from its upper to its lower end.
#[derive(Debug, Clone, Copy)]
struct Edge {
    upper: Point,
    lower: Point,
    of_first: bool,
}

impl Edge {
    fn x_at(&self, y: f64) -> f64 {
        if y >= self.lower[1] {
            return self.lower[0];
        }
        let share = (y - self.upper[1]) / (self.lower[1] - self.upper[1]);
        self.upper[0] + share * (self.lower[0] - self.upper[0])
    }

    /// The height at which two edges cross, if they do between their ends.
    fn crossing(&self, other: &Self) -> Option<f64> {
        let (top, bottom) = (self.upper[1].max(other.upper[1]), self.lower[1].min(other.lower[1]));
        if top >= bottom {
            return None;
        }
        let (above, below) = (self.x_at(top) - other.x_at(top), self.x_at(bottom) - other.x_at(bottom));
        let crosses = above < 0.0 && below > 0.0 || above > 0.0 && below < 0.0;
        crosses.then(|| top + (bottom - top) * (above / (above - below)))
    }
}

/// Measures what two polygons share. Keeps its lists between calls.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    edges: Vec<Edge>,
    heights: Vec<f64>,
    /// x at the top and at the bottom of a slab, and whose edge it is.
    walls: Vec<(f64, f64, bool)>,
}

impl Overlap {
    /// The area that both cover. The plane is cut into slabs at every corner and crossing; within a slab no edges cross, so
    /// that what lies between two neighbouring ones is a trapezium inside both polygons or not.
    pub(super) fn shared(&mut self, first: &Polygon, second: &Polygon) -> f64 {
        if first.is_apart_from(second) {
            return 0.0;
        }
        let top = first.least[1].max(second.least[1]);
        let bottom = first.greatest[1].min(second.greatest[1]);
        self.edges.clear();
        for (polygon, of_first) in [(first, true), (second, false)] {
            let slanted = polygon.edges().filter_map(|(a, b)| {
                let (upper, lower) = if a[1] < b[1] { (a, b) } else { (b, a) };
                (upper[1] < lower[1]).then_some(Edge { upper, lower, of_first })
            });
            self.edges.extend(slanted);
        }
        self.heights.clear();
        self.heights.extend(self.edges.iter().flat_map(|edge| [edge.upper[1], edge.lower[1]]));
        for (place, edge) in self.edges.iter().enumerate() {
            let others = self.edges[place + 1..].iter().filter(|other| other.of_first != edge.of_first);
            self.heights.extend(others.filter_map(|other| edge.crossing(other)));
        }
        self.heights.retain(|y| (top..=bottom).contains(y));
        self.heights.sort_unstable_by(f64::total_cmp);
        self.heights.dedup();
        let mut area = 0.0;
        for slab in self.heights.windows(2) {
            area += slab_area(&self.edges, &mut self.walls, slab[0], slab[1]);
        }
        area
    }
}

fn slab_area(edges: &[Edge], walls: &mut Vec<(f64, f64, bool)>, top: f64, bottom: f64) -> f64 {
    walls.clear();
    let spanning = edges.iter().filter(|edge| edge.upper[1] <= top && edge.lower[1] >= bottom);
    walls.extend(spanning.map(|edge| (edge.x_at(top), edge.x_at(bottom), edge.of_first)));
    walls.sort_unstable_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    let (mut in_first, mut in_second, mut width) = (false, false, 0.0);
    for pair in walls.windows(2) {
        if pair[0].2 {
            in_first = !in_first;
        } else {
            in_second = !in_second;
        }
        if in_first && in_second {
            width += (pair[1].0 - pair[0].0) + (pair[1].1 - pair[0].1);
        }
    }
    width / 2.0 * (bottom - top)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(points: &[Point]) -> Polygon {
        Polygon::new(points).unwrap()
    }

    fn is_area(points: &[Point], want: f64) -> bool {
        (polygon(points).area() - want).abs() < 1e-12
    }

    fn is_shared(a: &[Point], b: &[Point], want: f64) -> bool {
        (Overlap::default().shared(&polygon(a), &polygon(b)) - want).abs() < 1e-12
    }

    const SQUARE: [Point; 4] = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]];

    #[test]
    fn areas_worked_by_hand() {
        let diamond = [[2.0, -2.0], [6.0, 2.0], [2.0, 6.0], [-2.0, 2.0]];
        assert!(is_area(&diamond, 32.0));
        assert!(is_shared(&SQUARE, &SQUARE, 16.0));
        assert!(is_shared(&SQUARE, &diamond, 16.0), "the square touches the diamond's sides from within");
        let moved = SQUARE.map(|[x, y]| [x + 3.0, y + 2.0]);
        assert!(is_shared(&SQUARE, &moved, 2.0));
        let (mut round, mut beside) = (moved, SQUARE.map(|[x, y]| [x + 4.0, y]));
        round.reverse();
        assert!(is_shared(&SQUARE, &round, 2.0), "which way round does not matter");
        beside.reverse();
        assert!(is_shared(&SQUARE, &beside, 0.0));
        // A U and a bar across it: two arms are shared, not the gap.
        let u =
            [[0.0, 0.0], [1.0, 0.0], [1.0, 4.0], [3.0, 4.0], [3.0, 0.0], [4.0, 0.0], [4.0, 5.0], [0.0, 5.0]];
        let bar = [[-1.0, 1.0], [5.0, 1.0], [5.0, 2.0], [-1.0, 2.0]];
        assert!(is_area(&u, 12.0) && is_shared(&u, &bar, 2.0) && is_shared(&bar, &u, 2.0));
        let triangle = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]];
        let mirrored = [[4.0, 4.0], [4.0, 0.0], [0.0, 0.0]];
        assert!(is_shared(&triangle, &mirrored, 4.0));
    }

    #[test]
    fn outlines_that_meet_themselves_are_none() {
        let strange: [&[Point]; 8] = [
            &[],
            &[[0.0, 0.0], [1.0, 1.0]],
            &[[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]],
            &[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]],
            &[[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0]],
            // A spike.
            &[[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [4.0, 8.0], [4.0, 4.0], [0.0, 4.0]],
            // A corner on another edge.
            &[[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 0.0], [0.0, 4.0]],
            // A corner visited twice.
            &[[0.0, 0.0], [1.0, 1.0], [2.0, 0.0], [2.0, 2.0], [1.0, 1.0], [0.0, 2.0]],
        ];
        for points in strange {
            assert!(Polygon::new(points).is_none(), "{points:?}");
        }
        // Corners said twice, a closed outline and a corner in the middle of an edge are harmless.
        let closed = [[0.0, 0.0], [2.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
        assert!(is_area(&closed, 16.0));
    }
}
