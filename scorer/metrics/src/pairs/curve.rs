use std::cell::OnceCell;

use crate::{keys::score_of, sides::Entry};

/// The operating points of a list of trials: a trial is accepted if its score is at least the threshold.
pub(super) struct Curve<'a> {
    /// Ascending in the score; targets and others at each.
    entries: &'a [Entry],
    /// Reject-all first, then one point per distinct score downwards; the last accepts all.
    points: Vec<Point>,
    /// The lower convex hull of the points, from reject-all to accept-all, without points inside an edge.
    hull: OnceCell<Vec<Point>>,
    targets: u32,
    others: u32,
}

/// Counts at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    /// Non-targets accepted.
    alarms: u32,
    /// Targets rejected.
    misses: u32,
}

/// What errors cost, and how often a trial is a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Costs {
    pub miss: f64,
    pub alarm: f64,
    pub prior: f64,
}

impl<'a> Curve<'a> {
    /// `None` without a target or without a non-target: no error rate is defined.
    pub(super) fn new(entries: &'a [Entry]) -> Option<Self> {
        let total = |side: usize| entries.iter().map(|(_, counts)| counts[side]).sum::<u32>();
        let (targets, others) = (total(0), total(1));
        if targets == 0 || others == 0 {
            return None;
        }
        let mut point = Point { alarms: 0, misses: targets };
        let mut points = Vec::with_capacity(entries.len() + 1);
        points.push(point);
        points.extend(entries.iter().rev().map(|(_, [targets, others])| {
            point = Point { alarms: point.alarms + others, misses: point.misses - targets };
            point
        }));
        Some(Self { entries, points, hull: OnceCell::new(), targets, others })
    }

    fn far(&self, point: Point) -> f64 {
        f64::from(point.alarms) / f64::from(self.others)
    }

    fn frr(&self, point: Point) -> f64 {
        f64::from(point.misses) / f64::from(self.targets)
    }

    /// (FRR − FAR)·targets·others, exactly.
    fn gap(&self, point: Point) -> i64 {
        i64::from(point.misses) * i64::from(self.others) - i64::from(point.alarms) * i64::from(self.targets)
    }

    /// Where the polyline of all points meets FAR = FRR.
    pub(super) fn eer_interp(&self) -> f64 {
        self.crossing(&self.points)
    }

    /// Where the lower convex hull of the points meets FAR = FRR.
    pub(super) fn eer_rocch(&self) -> f64 {
        self.crossing(self.hull())
    }

    fn crossing(&self, points: &[Point]) -> f64 {
        // The gap falls from point to point; accept-all has no misses.
        let after = points.partition_point(|point| self.gap(*point) > 0);
        let (low, high) = (points[after - 1], points[after]);
        let (before, behind) = (self.gap(low) as f64, self.gap(high) as f64);
        self.far(low) + before / (before - behind) * (self.far(high) - self.far(low))
    }

    /// FAR and FRR where |FAR − FRR| is least; of equals, at the lowest threshold.
    pub(super) fn argmin(&self) -> (f64, f64) {
        let after = self.points.partition_point(|point| self.gap(*point) > 0);
        let (low, high) = (self.points[after - 1], self.points[after]);
        let nearest = if self.gap(low) < -self.gap(high) { low } else { high };
        (self.far(nearest), self.frr(nearest))
    }

    /// Least normalised detection cost over all points: the cost is linear, so that a corner of their hull has it.
    pub(super) fn min_dcf(&self, costs: Costs) -> f64 {
        let cost = |point: &Point| self.dcf(*point, costs);
        self.hull().iter().map(cost).fold(f64::INFINITY, f64::min)
    }

    /// Normalised detection cost at the Bayes threshold −logit(prior), scores read as log-likelihood ratios (nats).
    pub(super) fn act_dcf(&self, prior: f64) -> f64 {
        let threshold = -libm::log(prior / (1.0 - prior));
        let accepted = self.entries.iter().rev().take_while(|(key, _)| score_of(*key) >= threshold).count();
        self.dcf(self.points[accepted], Costs { miss: 1.0, alarm: 1.0, prior })
    }

    fn dcf(&self, point: Point, costs: Costs) -> f64 {
        let (miss, alarm) = (costs.miss * costs.prior, costs.alarm * (1.0 - costs.prior));
        (miss * self.frr(point) + alarm * self.far(point)) / miss.min(alarm)
    }

    /// Least FRR among the points with FAR ≤ `far`, compared in f64.
    pub(super) fn frr_at(&self, far: f64) -> f64 {
        self.frr(self.points[self.last_within(far)])
    }

    /// The same on the polyline that keeps, of the points with one FAR, the one with the least FRR.
    pub(super) fn frr_at_interp(&self, far: f64) -> f64 {
        let last = self.last_within(far);
        let low = self.points[last];
        let Some(next) = self.points.get(last + 1) else { return self.frr(low) };
        let same_far = self.points[last + 1..].partition_point(|point| point.alarms == next.alarms);
        let high = self.points[last + same_far];
        let part = (far - self.far(low)) / (self.far(high) - self.far(low));
        self.frr(low) + part * (self.frr(high) - self.frr(low))
    }

    /// Index of the last point with FAR ≤ `far`; reject-all always is one.
    fn last_within(&self, far: f64) -> usize {
        self.points.partition_point(|point| self.far(*point) <= far) - 1
    }

    /// Cost of log-likelihood ratios in bits (Brümmer and du Preez 2006). Infinite if a target has −∞ or a non-target +∞.
    pub(super) fn cllr(&self) -> f64 {
        let (mut of_targets, mut of_others) = (0.0, 0.0);
        for (key, [targets, others]) in self.entries {
            let score = score_of(*key);
            if *targets > 0 {
                of_targets += f64::from(*targets) * softplus(-score);
            }
            if *others > 0 {
                of_others += f64::from(*others) * softplus(score);
            }
        }
        self.half_sum(of_targets, of_others) / std::f64::consts::LN_2
    }

    /// Cllr after the best monotone recalibration (pool adjacent violators): every edge of the convex hull is one pool.
    pub(super) fn min_cllr(&self) -> f64 {
        let (mut of_targets, mut of_others) = (0.0, 0.0);
        for edge in self.hull().windows(2) {
            let (others, targets) = (edge[1].alarms - edge[0].alarms, edge[0].misses - edge[1].misses);
            if others > 0 && targets > 0 {
                let (others, targets) = (f64::from(others), f64::from(targets));
                let ratio = (targets * f64::from(self.others)) / (others * f64::from(self.targets));
                of_targets += targets * libm::log2(1.0 + 1.0 / ratio);
                of_others += others * libm::log2(1.0 + ratio);
            }
        }
        self.half_sum(of_targets, of_others)
    }

    fn half_sum(&self, of_targets: f64, of_others: f64) -> f64 {
        f64::midpoint(of_targets / f64::from(self.targets), of_others / f64::from(self.others))
    }

    fn hull(&self) -> &[Point] {
        self.hull.get_or_init(|| {
            let mut hull: Vec<Point> = Vec::new();
            for &point in &self.points {
                while let [.., a, b] = hull.as_slice()
                    && !turns_left(*a, *b, point)
                {
                    hull.pop();
                }
                hull.push(point);
            }
            hull
        })
    }
}

fn turns_left(a: Point, b: Point, c: Point) -> bool {
    let (x1, y1) = (i64::from(b.alarms) - i64::from(a.alarms), i64::from(b.misses) - i64::from(a.misses));
    let (x2, y2) = (i64::from(c.alarms) - i64::from(b.alarms), i64::from(c.misses) - i64::from(b.misses));
    x1 * y2 > y1 * x2
}

/// ln(1 + eˣ), in nats, for any x.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}
