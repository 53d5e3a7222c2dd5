//! Functions of the file: who calls whom, and what is left once every call is replaced by the body of its function, as ONNX
//! Runtime does when it loads a model. Three kilobytes of functions that call each other twice are a billion nodes.

use std::collections::BTreeMap;

use super::standard;
use crate::limits::{CALL_DEPTH_MAX, Limit, NODES_EXPANDED_MAX, SUBGRAPH_DEPTH_MAX};
use crate::place::{Here, Step, shown};
use crate::schema::function;
use crate::wire::Message;
use crate::{Inadmissible, Rule};

/// Functions of a circle that are shown.
const SHOWN_CIRCLE_MAX: usize = 4;

/// Whose body we are in, and how deep in subgraphs.
#[derive(Clone, Copy)]
pub(super) struct Within {
    caller: usize,
    pub depth: u64,
}

impl Within {
    /// The main graph's number is the one after the last function's.
    pub fn main(function_count: usize) -> Self {
        Self { caller: function_count, depth: 0 }
    }

    /// A function's body.
    pub fn function(index: usize) -> Self {
        Self { caller: index, depth: 0 }
    }

    /// A subgraph here.
    pub fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// What the main graph comes to.
pub(super) struct Expanded {
    pub nodes: u64,
    pub subgraph_depth: u64,
}

/// A body, before and while the bodies that it calls are put in.
#[derive(Clone, Copy, Default)]
struct Body {
    nodes: u64,
    subgraph_depth: u64,
    call_depth: u64,
    /// Calls to functions that are not expanded yet.
    open: u64,
}

struct Call {
    caller: usize,
    callee: usize,
    depth: u64,
}

/// All functions, and the main graph as the last one.
pub(super) struct Functions {
    numbers: BTreeMap<String, usize>,
    names: Vec<String>,
    bodies: Vec<Body>,
    calls: Vec<Call>,
}

impl Functions {
    /// The functions' names; their bodies come as [`Functions::node`].
    pub fn read(messages: &[Message<'_>], here: &Here<'_>) -> Result<Self, Inadmissible> {
        let (mut numbers, mut names) = (BTreeMap::new(), Vec::new());
        for (index, message) in messages.iter().enumerate() {
            let (mut name, mut domain, mut overload) = (None, None, None);
            for field in message.fields(here) {
                let field = field?;
                match field.number {
                    function::NAME => field.once(&mut name, field.name()?)?,
                    function::DOMAIN => field.once(&mut domain, field.name()?)?,
                    function::OVERLOAD => field.once(&mut overload, field.name()?)?,
                    _ => {}
                }
            }
            let name = name.unwrap_or_default();
            let id = id(domain.unwrap_or_default(), name, overload.unwrap_or_default());
            if numbers.insert(id, index).is_some() {
                return Err(here.step(Step::Function(name)).refuse(Rule::Duplicate("function")));
            }
            names.push(shown(name));
        }
        let bodies = vec![Body::default(); messages.len() + 1];
        Ok(Self { numbers, names, bodies, calls: Vec::new() })
    }

    /// Takes a node into account; whether it calls a function of the file.
    pub fn node(&mut self, domain: &str, op: &str, overload: &str, within: Within) -> bool {
        let body = &mut self.bodies[within.caller];
        body.nodes += 1;
        body.subgraph_depth = body.subgraph_depth.max(within.depth);
        if self.numbers.is_empty() {
            return false;
        }
        let Some(callee) = self.numbers.get(&id(domain, op, overload)) else { return false };
        body.open += 1;
        self.calls.push(Call { caller: within.caller, callee: *callee, depth: within.depth });
        true
    }

    /// Expands all functions, those that nobody calls too: ONNX Runtime looks at them as well.
    pub fn expand(mut self, here: &Here<'_>) -> Result<Expanded, Inadmissible> {
        self.calls.sort_by_key(|call| call.callee);
        let mut ready: Vec<usize> =
            (0..self.bodies.len()).filter(|body| self.bodies[*body].open == 0).collect();
        while let Some(callee) = ready.pop() {
            let inner = self.bodies[callee];
            self.check(callee, inner, here)?;
            let from = self.calls.partition_point(|call| call.callee < callee);
            for call in self.calls[from..].iter().take_while(|call| call.callee == callee) {
                let body = &mut self.bodies[call.caller];
                body.nodes = body.nodes.saturating_add(inner.nodes);
                body.subgraph_depth = body.subgraph_depth.max(call.depth + inner.subgraph_depth);
                body.call_depth = body.call_depth.max(1 + inner.call_depth);
                body.open -= 1;
                if body.open == 0 {
                    ready.push(call.caller);
                }
            }
        }
        if let Some(stuck) = self.bodies[..self.names.len()].iter().position(|body| body.open > 0) {
            return Err(here.refuse(Rule::Recursion(self.circle(stuck))));
        }
        let main = self.bodies[self.names.len()];
        Ok(Expanded { nodes: main.nodes, subgraph_depth: main.subgraph_depth })
    }

    fn check(&self, number: usize, body: Body, here: &Here<'_>) -> Result<(), Inadmissible> {
        let found: [(u64, &'static Limit); 3] = [
            (body.nodes, &NODES_EXPANDED_MAX),
            (body.subgraph_depth, &SUBGRAPH_DEPTH_MAX),
            (body.call_depth, &CALL_DEPTH_MAX),
        ];
        let Some((_, limit)) = found.into_iter().find(|(count, limit)| *count > limit.max) else {
            return Ok(());
        };
        let place = match self.names.get(number) {
            Some(name) => format!("function {name}"),
            None => here.step(Step::MainGraph).to_string(),
        };
        Err(Inadmissible { place, rule: Rule::Limit(limit) })
    }

    /// The circle that is reached from a function that cannot be expanded: from each, on to one that cannot either.
    fn circle(&self, stuck: usize) -> String {
        let mut next = vec![stuck; self.names.len()];
        for call in self.calls.iter().filter(|call| call.caller < self.names.len()) {
            if self.bodies[call.callee].open > 0 {
                next[call.caller] = call.callee;
            }
        }
        // After as many steps as there are functions, we are in it.
        let start = (0..self.names.len()).fold(stuck, |at, _| next[at]);
        let mut path = self.names[start].clone();
        let (mut at, mut shown) = (next[start], 1);
        while at != start && shown < SHOWN_CIRCLE_MAX {
            path = path + " → " + &self.names[at];
            (at, shown) = (next[at], shown + 1);
        }
        let end = if at == start { &self.names[start] } else { "…" };
        path + " → " + end
    }
}

/// What ONNX Runtime knows a function by: joined with colons, as it joins them, so that names with colons in them mean the
/// same here and there.
fn id(domain: &str, name: &str, overload: &str) -> String {
    let colon = if overload.is_empty() { "" } else { ":" };
    format!("{}:{name}{colon}{overload}", standard(domain))
}
