//! Graphs and subgraphs.

use std::collections::BTreeSet;

use super::functions::Within;
use super::types::{self, Declared};
use super::{Scan, Tally};
use crate::limits::{GRAPH_ENDS_MAX, INITIALIZERS_MAX, SUBGRAPH_DEPTH_MAX};
use crate::place::{Here, Step};
use crate::schema::{graph, sparse, tensor, value};
use crate::wire::Message;
use crate::{Inadmissible, Rule};

/// What the main graph takes and gives; of subgraphs nothing is kept.
pub(super) struct Ends<'a> {
    /// Inputs that are not initializers.
    pub inputs: Vec<Declared<'a>>,
    pub outputs: Vec<Declared<'a>>,
}

impl<'a> Scan<'a> {
    /// A graph with all that is in it.
    pub(super) fn graph(
        &mut self,
        message: Message<'a>,
        here: &Here<'_>,
        within: Within,
    ) -> Result<Ends<'a>, Inadmissible> {
        if within.depth > SUBGRAPH_DEPTH_MAX.max {
            return Err(here.refuse(Rule::Limit(&SUBGRAPH_DEPTH_MAX)));
        }
        // Initializers first: which inputs are inputs, and which constants are false, follows from them.
        let initializers = self.constants(message, here)?;
        let mut ends = Ends { inputs: Vec::new(), outputs: Vec::new() };
        let (mut count, mut nodes) = (Tally(0), 0);
        let is_main = within.depth == 0;
        for field in message.fields(here) {
            let field = field?;
            match field.number {
                graph::NODE => {
                    self.node(field.message()?, nodes, here, within)?;
                    nodes += 1;
                }
                graph::INPUT => {
                    let input = field.message()?;
                    if !initializers.contains(input.name(value::NAME, here)?) {
                        count.add(&GRAPH_ENDS_MAX, here)?;
                        let input = types::declared(input, "input", here)?;
                        ends.inputs.extend(is_main.then_some(input));
                    }
                }
                graph::OUTPUT => {
                    count.add(&GRAPH_ENDS_MAX, here)?;
                    let output = types::declared(field.message()?, "output", here)?;
                    ends.outputs.extend(is_main.then_some(output));
                }
                graph::VALUE_INFO => drop(types::declared(field.message()?, "value", here)?),
                graph::QUANTIZATION_ANNOTATION | graph::METADATA_PROPS => drop(field.message()?),
                _ => {}
            }
        }
        self.falses.pop();
        Ok(ends)
    }

    /// The initializers' names.
    fn constants(
        &mut self,
        message: Message<'a>,
        here: &Here<'_>,
    ) -> Result<BTreeSet<&'a str>, Inadmissible> {
        let (mut names, mut falses, mut own_name) = (BTreeSet::new(), BTreeSet::new(), None);
        for field in message.fields(here) {
            let field = field?;
            let (name, here) = match field.number {
                graph::NAME => {
                    field.once(&mut own_name, field.name()?)?;
                    continue;
                }
                graph::INITIALIZER => {
                    let constant = field.message()?;
                    let name = constant.name(tensor::NAME, here)?;
                    let here = here.step(Step::Named("initializer", name));
                    if self.tensor(constant, &here)?.is_false {
                        falses.insert(name);
                    }
                    (name, here)
                }
                graph::SPARSE_INITIALIZER => {
                    let constant = field.message()?;
                    let name = sparse_name(constant, here)?;
                    let here = here.step(Step::Named("sparse initializer", name));
                    self.sparse_tensor(constant, &here)?;
                    (name, here)
                }
                _ => continue,
            };
            self.initializers.add(&INITIALIZERS_MAX, &here)?;
            if !names.insert(name) {
                return Err(here.refuse(Rule::Duplicate("initializer")));
            }
        }
        self.falses.push(falses);
        Ok(names)
    }
}

/// A sparse tensor is named by its values.
fn sparse_name<'a>(message: Message<'a>, here: &Here<'_>) -> Result<&'a str, Inadmissible> {
    for field in message.fields(here) {
        let field = field?;
        if field.number == sparse::VALUES {
            return field.message()?.name(tensor::NAME, here);
        }
    }
    Ok("")
}
