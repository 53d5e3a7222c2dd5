//! One pass over the file, place by place, with the rules applied where they are met.
//!
//! | module | looks at |
//! |---|---|
//! | this | the file: versions, functions, the main graph |
//! | [`graph`] | graphs and subgraphs |
//! | [`node`] | nodes and attributes |
//! | [`tensor`] | constants, dense and sparse |
//! | [`types`] | declared types of inputs, outputs and values |
//! | [`functions`] | who calls whom, and what that expands to |

mod functions;
mod graph;
mod node;
mod tensor;
mod types;

use std::cell::Cell;
use std::collections::BTreeSet;

use self::functions::{Functions, Within};
use self::graph::Ends;
use crate::limits::{self, FILE_BYTES_MAX, IR_VERSIONS, Limit, ML_OPSETS, OPSETS};
use crate::place::{Here, Step, bare};
use crate::refusal::ML;
use crate::schema::{function, model, opset};
use crate::signature::{DType, Facts, Signature, TensorInfo};
use crate::wire::Message;
use crate::{Admitted, Inadmissible, Rule};

/// Bytes 4 to 8 of ONNX Runtime's flatbuffers.
const ORT_FORMAT: &[u8] = b"ORTM";
/// A name of the standard domain, whose proper name is empty.
const STANDARD_ALIAS: &str = "ai.onnx";

/// Applies every rule to a file.
pub(crate) fn admit(file: &[u8]) -> Result<Admitted, Inadmissible> {
    admit_size(file.len() as u64)?;
    let messages = Cell::new(0);
    let here = Here::file(&messages);
    if file.get(4..8) == Some(ORT_FORMAT) {
        return Err(here.refuse(Rule::OrtFormat));
    }
    let parts = Parts::read(Message::file(file), &here)?;
    let mut scan = Scan::new(Functions::read(&parts.functions, &here)?);
    for (index, body) in parts.functions.iter().enumerate() {
        scan.function(index, *body, &here)?;
    }
    let main = here.step(Step::MainGraph);
    let ends = scan.graph(parts.graph, &main, Within::main(parts.functions.len()))?;
    let expanded = scan.functions.expand(&here)?;
    let facts = Facts {
        bytes: file.len() as u64,
        ir_version: parts.ir_version,
        opset: parts.opset,
        ml_opset: parts.ml_opset,
        producer: parts.producer,
        functions: parts.functions.len() as u64,
        nodes: scan.nodes.0,
        nodes_expanded: expanded.nodes,
        subgraph_depth: expanded.subgraph_depth,
        initializers: scan.initializers.0,
        parameters: scan.parameters,
    };
    Ok(Admitted { signature: signature(ends, &main)?, facts })
}

/// The bound on the file's size.
pub(crate) fn admit_size(bytes: u64) -> Result<(), Inadmissible> {
    if bytes > FILE_BYTES_MAX.max {
        return Err(Here::file(&Cell::new(0)).refuse(Rule::Limit(&FILE_BYTES_MAX)));
    }
    Ok(())
}

/// The outermost message.
struct Parts<'a> {
    ir_version: i64,
    opset: Option<i64>,
    ml_opset: Option<i64>,
    producer: String,
    graph: Message<'a>,
    functions: Vec<Message<'a>>,
}

impl<'a> Parts<'a> {
    fn read(file: Message<'a>, here: &Here<'_>) -> Result<Self, Inadmissible> {
        let (mut ir_version, mut graph, mut imports) = (None, None, false);
        let (mut producer, mut producer_version) = (None, None);
        let (mut opset, mut ml_opset) = (None, None);
        let mut functions = Vec::new();
        for field in file.fields(here) {
            let field = field?;
            match field.number {
                model::IR_VERSION => field.once(&mut ir_version, field.int()?)?,
                model::PRODUCER_NAME => field.once(&mut producer, field.text()?)?,
                model::PRODUCER_VERSION => field.once(&mut producer_version, field.text()?)?,
                model::GRAPH => field.once(&mut graph, field.message()?)?,
                model::OPSET_IMPORT => {
                    imports = true;
                    match import(field.message()?, here)? {
                        Some((ML, version)) => ml_opset = Some(version),
                        Some((_, version)) => opset = Some(version),
                        None => {}
                    }
                }
                model::FUNCTIONS => {
                    if functions.len() as u64 == limits::FUNCTIONS_MAX.max {
                        return Err(here.refuse(Rule::Limit(&limits::FUNCTIONS_MAX)));
                    }
                    functions.push(field.message()?);
                }
                model::TRAINING_INFO => return Err(here.refuse(Rule::TrainingInfo)),
                model::METADATA_PROPS | model::CONFIGURATION => drop(field.message()?),
                _ => {}
            }
        }
        let graph = graph.ok_or_else(|| here.refuse(Rule::NoGraph))?;
        let ir_version = ir_version
            .filter(|version| IR_VERSIONS.contains(version))
            .ok_or_else(|| here.refuse(Rule::IrVersion(ir_version)))?;
        if !imports {
            return Err(here.refuse(Rule::Opset(None)));
        }
        let producer = [producer, producer_version]
            .map(|text| bare(text.unwrap_or_default()))
            .join(" ")
            .trim()
            .to_owned();
        Ok(Self { ir_version, opset, ml_opset, producer, graph, functions })
    }
}

/// An import of operators: the domain and version, if it is one of ONNX's own. Other domains may be imported, as long as
/// no node is of them.
fn import(message: Message<'_>, here: &Here<'_>) -> Result<Option<(&'static str, i64)>, Inadmissible> {
    let (mut domain, mut version) = (None, None);
    for field in message.fields(here) {
        let field = field?;
        match field.number {
            opset::DOMAIN => field.once(&mut domain, field.name()?)?,
            opset::VERSION => field.once(&mut version, field.int()?)?,
            _ => {}
        }
    }
    let (domain, range) = match standard(domain.unwrap_or_default()) {
        "" => ("", OPSETS),
        ML => (ML, ML_OPSETS),
        _ => return Ok(None),
    };
    let version = version.unwrap_or_default();
    if range.contains(&version) {
        Ok(Some((domain, version)))
    } else {
        Err(here.refuse(Rule::Opset(Some((domain, version)))))
    }
}

/// A domain by its proper name.
fn standard(domain: &str) -> &str {
    if domain == STANDARD_ALIAS { "" } else { domain }
}

fn signature(ends: Ends<'_>, main: &Here<'_>) -> Result<Signature, Inadmissible> {
    let mut names = BTreeSet::new();
    for input in &ends.inputs {
        let here = main.step(Step::Named("input", input.name));
        if !names.insert(input.name) {
            return Err(here.refuse(Rule::Duplicate("input")));
        }
        if input.dtype == DType::NotATensor {
            return Err(here.refuse(Rule::Input("a sequence, map or optional, or has no type")));
        }
    }
    let complete = |value: &types::Declared<'_>| {
        value.dtype == DType::NotATensor && value.is_typed
            || value.dims.split_first().is_some_and(|(_, rest)| rest.iter().all(Option::is_some))
    };
    let outputs_are_complete = ends.outputs.iter().all(complete);
    let all = |values: Vec<types::Declared<'_>>| values.into_iter().map(TensorInfo::from).collect();
    Ok(Signature { inputs: all(ends.inputs), outputs: all(ends.outputs), outputs_are_complete })
}

/// A count with a bound.
#[derive(Clone, Copy, Default)]
struct Tally(u64);

impl Tally {
    fn add(&mut self, limit: &'static Limit, here: &Here<'_>) -> Result<(), Inadmissible> {
        self.0 += 1;
        if self.0 > limit.max { Err(here.refuse(Rule::Limit(limit))) } else { Ok(()) }
    }
}

/// What is remembered of the file while it is read.
struct Scan<'a> {
    functions: Functions,
    nodes: Tally,
    initializers: Tally,
    parameters: u64,
    /// Names of constants that are a single `false`, for each graph that we are in.
    falses: Vec<BTreeSet<&'a str>>,
}

impl<'a> Scan<'a> {
    fn new(functions: Functions) -> Self {
        Self { functions, nodes: Tally(0), initializers: Tally(0), parameters: 0, falses: Vec::new() }
    }

    /// The body of function number `index`.
    fn function(&mut self, index: usize, body: Message<'a>, file: &Here<'_>) -> Result<(), Inadmissible> {
        let name = body.name(function::NAME, file)?;
        let here = &file.step(Step::Function(name));
        let within = Within::function(index);
        let (mut ends, mut attributes, mut nodes) = (Tally(0), Tally(0), 0);
        self.falses.push(BTreeSet::new());
        for field in body.fields(here) {
            let field = field?;
            match field.number {
                function::NODE => {
                    self.node(field.message()?, nodes, here, within)?;
                    nodes += 1;
                }
                function::INPUT | function::OUTPUT => {
                    field.name()?;
                    ends.add(&limits::NODE_ENDS_MAX, here)?;
                }
                function::ATTRIBUTE => {
                    field.name()?;
                    attributes.add(&limits::ATTRIBUTES_MAX, here)?;
                }
                function::ATTRIBUTE_PROTO => {
                    attributes.add(&limits::ATTRIBUTES_MAX, here)?;
                    self.attribute(field.message()?, here, within, node::Graphs::Refused)?;
                }
                function::OPSET_IMPORT => drop(import(field.message()?, here)?),
                function::VALUE_INFO => drop(types::declared(field.message()?, "value", here)?),
                function::METADATA_PROPS => drop(field.message()?),
                _ => {}
            }
        }
        self.falses.pop();
        Ok(())
    }
}
