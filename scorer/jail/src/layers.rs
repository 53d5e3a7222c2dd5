//! The walls of the jail as data: which there are, in which order they go up, and which a tier insists on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One wall. The order is the one in which a runner puts them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Layer {
    /// A control group of the runner's own, which bounds memory of every kind. The judge's to make, where the host lets it.
    Cgroup,
    /// New user, pid, network, mount, IPC, UTS and cgroup namespaces, and an empty root.
    Namespaces,
    /// Limits of memory, processor time, stack, descriptors and files.
    Limits,
    /// No capabilities, no way to gain any, and a process that nobody else may read.
    Privileges,
    /// Files, TCP, signals and abstract sockets, by the kernel's Landlock.
    Landlock,
    /// Memory that was writable never becomes executable.
    Mdwe,
    /// The short list of system calls, on all threads.
    Seccomp,
}

impl Layer {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Cgroup,
        Self::Namespaces,
        Self::Limits,
        Self::Privileges,
        Self::Landlock,
        Self::Mdwe,
        Self::Seccomp,
    ];

    /// The name in reports, as JSON has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cgroup => "cgroup",
            Self::Namespaces => "namespaces",
            Self::Limits => "limits",
            Self::Privileges => "privileges",
            Self::Landlock => "landlock",
            Self::Mdwe => "mdwe",
            Self::Seccomp => "seccomp",
        }
    }
}

/// A set of walls. JSON has it as a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(into = "Vec<Layer>", from = "Vec<Layer>")]
pub struct Layers(u8);

impl Layers {
    /// No wall: for drills and for benchmarks on public data.
    pub const NONE: Self = Self(0);

    /// The set of these.
    #[must_use]
    pub const fn of(layers: &[Layer]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < layers.len() {
            bits |= 1 << layers[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// This set and one more.
    #[must_use]
    pub const fn and(self, layer: Layer) -> Self {
        Self(self.0 | 1 << layer as u8)
    }

    /// Whether a wall is among them.
    #[must_use]
    pub fn has(self, layer: Layer) -> bool {
        self.0 & (1 << layer as u8) != 0
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub fn cover(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// In order.
    pub fn iter(self) -> impl Iterator<Item = Layer> {
        Layer::ALL.into_iter().filter(move |layer| self.has(*layer))
    }

    /// For the wire.
    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    /// From the wire; a bit without a meaning stays, so that it is never equal to what was asked for.
    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

impl From<Layers> for Vec<Layer> {
    fn from(layers: Layers) -> Self {
        layers.iter().collect()
    }
}

impl From<Vec<Layer>> for Layers {
    fn from(layers: Vec<Layer>) -> Self {
        Self::of(&layers)
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("none");
        }
        for (index, layer) in self.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { " + " }, layer.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let some = Layers::of(&[Layer::Seccomp, Layer::Limits]);
        assert_eq!(some.iter().collect::<Vec<_>>(), [Layer::Limits, Layer::Seccomp]);
        assert_eq!(some.to_string(), "limits + seccomp");
        assert!(some.cover(Layers::of(&[Layer::Limits])) && !some.cover(Layers::of(&[Layer::Mdwe])));
        assert_eq!(Layers::NONE.and(Layer::Limits).and(Layer::Seccomp), some);
        let json = serde_json::to_string(&some).unwrap();
        assert_eq!(json, r#"["limits","seccomp"]"#);
        assert_eq!(serde_json::from_str::<Layers>(&json).unwrap(), some);
    }

    #[test]
    fn names_are_those_of_json() {
        for layer in Layer::ALL {
            assert_eq!(serde_json::to_value(layer).unwrap(), layer.name());
        }
    }
}
