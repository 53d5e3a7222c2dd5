/// What a state says in the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Items scored, missing predictions included.
    pub item_count: u64,
    /// One value per metric, in the order of the parameters.
    pub values: Vec<MetricValue>,
}

/// A metric's value on a set.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricValue {
    /// The metric's id, convention included.
    pub id: String,
    /// `None`: undefined on this set. It never ranks.
    pub value: Option<f64>,
}

impl Report {
    /// The value of `id`: `None` if the report lacks it or it is undefined.
    pub fn value(&self, id: &str) -> Option<f64> {
        self.values.iter().find(|v| v.id == id).and_then(|v| v.value)
    }
}
