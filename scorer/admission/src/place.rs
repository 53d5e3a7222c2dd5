//! Where in a model we are, in the words of its author.

use std::cell::Cell;
use std::fmt::Write as _;

use crate::limits::Limit;
use crate::{Inadmissible, Rule};

/// Characters of a name that are shown.
const SHOWN_CHARS_MAX: usize = 64;
/// Steps of a path that are shown, the innermost ones, before the outermost.
const SHOWN_STEPS_MAX: usize = 6;

/// One step inwards.
#[derive(Clone, Copy)]
pub(crate) enum Step<'h> {
    File,
    MainGraph,
    Function(&'h str),
    Node {
        name: &'h str,
        op: &'h str,
        index: u64,
    },
    Attribute(&'h str),
    /// A named tensor or value, and what it is.
    Named(&'static str, &'h str),
}

/// A place: a step and the way to it. Lives on the stack; it becomes text only in a refusal.
#[derive(Clone, Copy)]
pub(crate) struct Here<'h> {
    outer: Option<&'h Here<'h>>,
    step: Step<'h>,
    messages: &'h Cell<u64>,
}

impl<'h> Here<'h> {
    /// The whole file. Messages opened anywhere in it are counted in `messages`.
    pub fn file(messages: &'h Cell<u64>) -> Self {
        Self { outer: None, step: Step::File, messages }
    }

    /// A place in this one.
    pub fn step(&'h self, step: Step<'h>) -> Self {
        Self { outer: Some(self), step, messages: self.messages }
    }

    /// What is wrong here.
    pub fn refuse(&self, rule: Rule) -> Inadmissible {
        Inadmissible { place: self.to_string(), rule }
    }

    /// Counts one more message.
    pub fn count_message(&self, limit: &'static Limit) -> Result<(), Inadmissible> {
        self.messages.set(self.messages.get() + 1);
        if self.messages.get() > limit.max { Err(self.refuse(Rule::Limit(limit))) } else { Ok(()) }
    }
}

/// ``attribute `value` of node `c` (Constant) in the main graph``
impl std::fmt::Display for Here<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.step)?;
        let (mut inner, mut steps) = (self, 1);
        while let Some(outer) = inner.outer {
            if matches!(outer.step, Step::File) {
                break;
            }
            steps += 1;
            let outermost = matches!(outer.step, Step::MainGraph | Step::Function(_));
            if steps <= SHOWN_STEPS_MAX || outermost {
                let word = if matches!(inner.step, Step::Attribute(_)) { "of" } else { "in" };
                write!(f, " {word} {}", outer.step)?;
            } else if steps == SHOWN_STEPS_MAX + 1 {
                f.write_str(" …")?;
            }
            inner = outer;
        }
        Ok(())
    }
}

impl std::fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::File => f.write_str("the file"),
            Self::MainGraph => f.write_str("the main graph"),
            Self::Function(name) => write!(f, "function {}", shown(name)),
            Self::Node { name: "", op, index } => write!(f, "node #{index} ({})", bare(op)),
            Self::Node { name, op, .. } => write!(f, "node {} ({})", shown(name), bare(op)),
            Self::Attribute(name) => write!(f, "attribute {}", shown(name)),
            Self::Named(what, name) => write!(f, "{what} {}", shown(name)),
        }
    }
}

/// What a terminal shows as it is: neither control characters nor those that turn the direction of text.
pub(crate) fn printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name of the model's, in backticks.
pub(crate) fn shown(name: &str) -> String {
    format!("`{}`", bare(name))
}

/// A text of the model's, cut and made printable.
pub(crate) fn bare(text: &str) -> String {
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == SHOWN_CHARS_MAX {
            shown.push('…');
            break;
        }
        if printable(c) {
            shown.push(c);
        } else {
            let _ = write!(shown, "{}", c.escape_unicode());
        }
    }
    shown
}
