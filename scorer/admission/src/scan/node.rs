//! Nodes and their attributes.

use super::functions::Within;
use super::{Scan, Tally, standard, types};
use crate::limits::{ATTRIBUTES_MAX, NODE_ENDS_MAX, NODES_MAX};
use crate::place::{Here, Step, shown};
use crate::refusal::ML;
use crate::schema::{attribute, node};
use crate::wire::Message;
use crate::{Inadmissible, Rule};

/// Operators whose outputs are drawn and not computed.
const RANDOM: [&str; 6] =
    ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"];
/// Domains in which ONNX Runtime has operators of its own, and all below them.
const RESERVED: [&str; 4] = ["ai.onnx", "com.microsoft", "com.ms", "org.pytorch"];
/// ONNX Runtime's own operators that ordinary exports have: skl2onnx writes scikit-learn's word tokenizing so.
const CONTRIBUTED: [(&str, &str); 1] = [("com.microsoft", "Tokenizer")];
/// Which input of Dropout switches it on.
const TRAINING_MODE: u64 = 2;

/// Whether an attribute may hold graphs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Graphs {
    /// The body of a loop or branch.
    Allowed,
    /// An argument of a function of the file: each use of it in the function would be one more copy.
    Refused,
}

/// What a node says of itself, its attributes apart.
#[derive(Default)]
struct Head<'a> {
    op: &'a str,
    domain: &'a str,
    overload: &'a str,
    training_mode: &'a str,
    output: &'a str,
}

impl<'a> Scan<'a> {
    /// Node number `index` of the graph or function `outer`.
    pub(super) fn node(
        &mut self,
        message: Message<'a>,
        index: u64,
        outer: &Here<'_>,
        within: Within,
    ) -> Result<(), Inadmissible> {
        let name = message.name(node::NAME, outer)?;
        let op = message.name(node::OP_TYPE, outer)?;
        let here = &outer.step(Step::Node { name, op, index });
        self.nodes.add(&NODES_MAX, here)?;
        let head = Head::read(message, here)?;
        let graphs = self.operator(&head, here, within)?;
        let mut attributes = Tally(0);
        for field in message.fields(here) {
            let field = field?;
            match field.number {
                node::ATTRIBUTE => {
                    attributes.add(&ATTRIBUTES_MAX, here)?;
                    let is_false = self.attribute(field.message()?, here, within, graphs)?;
                    if is_false && head.is("Constant") {
                        self.falses.last_mut().expect("nodes are in graphs").insert(head.output);
                    }
                }
                node::METADATA_PROPS | node::DEVICE_CONFIGURATIONS => drop(field.message()?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Which operator it is, and whether it may be one.
    fn operator(&mut self, head: &Head<'a>, here: &Here<'_>, within: Within) -> Result<Graphs, Inadmissible> {
        let is_call = self.functions.node(head.domain, head.op, head.overload, within);
        let graphs = if is_call { Graphs::Refused } else { Graphs::Allowed };
        // A function that is named like an operator of ONNX Runtime excuses nothing: the runtime takes its own.
        match standard(head.domain) {
            "" if RANDOM.contains(&head.op) => Err(here.refuse(Rule::Random)),
            "" if head.op == "Dropout" && !self.is_off(head) => Err(here.refuse(Rule::Dropout)),
            "" | ML => Ok(graphs),
            other if CONTRIBUTED.contains(&(other, head.op)) => Ok(graphs),
            other if is_call && !is_reserved(other) => Ok(graphs),
            other => Err(here.refuse(Rule::Domain(shown(other)))),
        }
    }

    fn is_off(&self, dropout: &Head<'a>) -> bool {
        let mode = dropout.training_mode;
        mode.is_empty() || self.falses.iter().any(|names| names.contains(mode))
    }

    /// An attribute with all that is in it; whether it is a tensor of a single `false`.
    pub(super) fn attribute(
        &mut self,
        message: Message<'a>,
        outer: &Here<'_>,
        within: Within,
        graphs: Graphs,
    ) -> Result<bool, Inadmissible> {
        let name = message.name(attribute::NAME, outer)?;
        let here = &outer.step(Step::Attribute(name));
        let (mut tensor, mut graph, mut sparse, mut of_type) = (None, None, None, None);
        let mut is_false = false;
        for field in message.fields(here) {
            let field = field?;
            match field.number {
                attribute::TENSOR => {
                    field.once(&mut tensor, ())?;
                    is_false = self.tensor(field.message()?, here)?.is_false;
                }
                attribute::TENSORS => drop(self.tensor(field.message()?, here)?),
                attribute::GRAPH | attribute::GRAPHS => {
                    if field.number == attribute::GRAPH {
                        field.once(&mut graph, ())?;
                    }
                    if graphs == Graphs::Refused {
                        return Err(here.refuse(Rule::GraphArgument));
                    }
                    self.graph(field.message()?, here, within.deeper())?;
                }
                attribute::SPARSE_TENSOR => {
                    field.once(&mut sparse, ())?;
                    self.sparse_tensor(field.message()?, here)?;
                }
                attribute::SPARSE_TENSORS => self.sparse_tensor(field.message()?, here)?,
                attribute::TYPE => {
                    field.once(&mut of_type, ())?;
                    types::of(field.message()?, here)?;
                }
                attribute::TYPES => drop(types::of(field.message()?, here)?),
                _ => {}
            }
        }
        Ok(is_false)
    }
}

fn is_reserved(domain: &str) -> bool {
    let below = |reserved: &&str| {
        domain.strip_prefix(*reserved).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    RESERVED.iter().any(below)
}

impl<'a> Head<'a> {
    fn read(message: Message<'a>, here: &Here<'_>) -> Result<Self, Inadmissible> {
        let (mut domain, mut overload) = (None, None);
        let mut head = Self::default();
        let (mut ends, mut inputs, mut outputs) = (Tally(0), 0, 0);
        for field in message.fields(here) {
            let field = field?;
            match field.number {
                node::OP_TYPE => head.op = field.name()?,
                node::DOMAIN => field.once(&mut domain, field.name()?)?,
                node::OVERLOAD => field.once(&mut overload, field.name()?)?,
                node::INPUT | node::OUTPUT => {
                    ends.add(&NODE_ENDS_MAX, here)?;
                    let name = field.name()?;
                    if field.number == node::INPUT {
                        if inputs == TRAINING_MODE {
                            head.training_mode = name;
                        }
                        inputs += 1;
                    } else {
                        if outputs == 0 {
                            head.output = name;
                        }
                        outputs += 1;
                    }
                }
                _ => {}
            }
        }
        head.domain = domain.unwrap_or_default();
        head.overload = overload.unwrap_or_default();
        Ok(head)
    }

    fn is(&self, op: &str) -> bool {
        standard(self.domain).is_empty() && self.op == op
    }
}
