use crate::{
    ClassesKind, Kind,
    registry::{Direction, MetricInfo, SuiteInfo},
};

/// A concrete metric: a registry entry with its parameters.
#[derive(Clone)]
pub struct Metric {
    id: String,
    kind: Kind,
    suite: &'static SuiteInfo,
    info: &'static MetricInfo,
}

impl Metric {
    pub(crate) fn new(id: String, kind: Kind, suite: &'static SuiteInfo, info: &'static MetricInfo) -> Self {
        Self { id, kind, suite, info }
    }

    /// The same under another name.
    pub(crate) fn called(self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self }
    }

    /// The id as it was asked for, convention included.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is computed.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The suite.
    pub fn suite(&self) -> &'static SuiteInfo {
        self.suite
    }

    /// The registry entry.
    pub fn info(&self) -> &'static MetricInfo {
        self.info
    }

    /// A short title, its parameters included: `F1, macro`.
    pub fn title(&self) -> String {
        let title = self.info.title;
        match self.kind {
            Kind::Classes(ClassesKind::Precision(average) | ClassesKind::Recall(average)) => {
                format!("{title}, {}", average.word())
            }
            Kind::Classes(ClassesKind::FBeta(beta, average)) => format!("F{beta}, {}", average.word()),
            Kind::Classes(ClassesKind::TopK(k, _)) => format!("Top-{k} accuracy"),
            _ if self.id.ends_with(self.info.id) => title.to_owned(),
            _ => format!("{title} ({})", self.id),
        }
    }

    /// Which way is better.
    pub fn direction(&self) -> Direction {
        self.info.direction
    }

    /// Least and greatest value.
    pub fn range(&self) -> (f64, f64) {
        self.info.range
    }
}

impl std::fmt::Debug for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.suite.name, self.id)
    }
}

/// One metric is another if they compute the same under the same name.
impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, self.kind) == (&other.id, other.kind)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn titles_say_the_parameters() {
        let title = |id: &str| crate::find(crate::AnswerKind::Classes, id).unwrap().title();
        assert_eq!(title("accuracy"), "Accuracy");
        assert_eq!(title("f1.macro"), "F1, macro");
        assert_eq!(title("f0.5.weighted"), "F0.5, weighted");
        assert_eq!(title("precision.micro"), "Precision, micro");
        assert_eq!(title("top5.lowest_index"), "Top-5 accuracy");
        assert_eq!(title("classification.accuracy"), "Accuracy");
    }
}
