use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of a test set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Downloadable with labels.
    Sample,
    /// Hidden; scored while its phase runs.
    Public,
    /// Hidden; not run before its phase closes.
    Private,
}

impl Split {
    /// In the order in which shards are listed.
    pub const ALL: [Self; 3] = [Self::Sample, Self::Public, Self::Private];

    /// As in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Public => "public",
            Self::Private => "private",
        }
    }

    /// From a file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.as_str() == text)
    }

    /// Whether teams never see its items.
    pub const fn is_hidden(self) -> bool {
        !matches!(self, Self::Sample)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
