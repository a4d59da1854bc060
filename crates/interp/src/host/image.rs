//! Images for devices that start without preparing anything.

use super::free;
use super::map::{Effort, Recorder};
use super::memory::Memory;
use crate::constants::{Constants, Isa};
use crate::image::{Header, MAGIC, OpRecord, PORTABLE, UNCOVERED, VERSION, hash};
use crate::plan::{Carried, Sharing};
use crate::record::{Graph, NodeRecord, Operand, Place, PortRecord, SubgraphRecord};
use crate::{Cause, Code, Error, Interpreter, Op, OperatorName, Options, ops};
use bantam_arena::{Records, Slice, Value};
use bantam_planner::Effort as DeviceEffort;
use bantam_planner::exact::Progress;
use bantam_schema::{BuiltinOperator, Model};
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// A prepared model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// What [`Interpreter::from_prepared`] reads.
    pub image: Vec<u8>,
    /// Bytes of activations and scratch.
    pub overlay_bytes: u32,
    /// Bytes of variables.
    pub variable_bytes: u32,
    /// What the arena's address must be a multiple of.
    pub alignment: u32,
    /// The cores that it has constants for, beside those that all cores read.
    pub isa: Isa,
}

impl Prepared {
    /// Bytes of an arena that is aligned as it should be.
    pub fn arena_bytes(&self) -> u32 {
        self.overlay_bytes + self.variable_bytes
    }

    /// Bytes of an arena that may lie anywhere.
    pub fn unaligned_arena_bytes(&self) -> u32 {
        self.arena_bytes() + self.alignment - 1
    }
}

/// Prepares `model` for [`Interpreter::from_prepared`] with the operators `ops`.
///
/// A plan that the model carries is used if it is valid. The image knows the operators by their
/// places in `ops`.
///
/// # Errors
///
/// Any [`Error`] of an interpreter of the model.
pub fn prepare(
    model: &Model<'_>,
    ops: &[Op],
    sharing: Sharing,
    effort: Effort,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, Error> {
    prepare_for(model, ops, sharing, effort, Isa::Any, progress)
}

/// As [`prepare`], with constants for certain cores.
///
/// # Errors
///
/// As [`prepare`].
pub fn prepare_for(
    model: &Model<'_>,
    ops: &[Op],
    sharing: Sharing,
    effort: Effort,
    isa: Isa,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, Error> {
    let options = Options { sharing, ..Options::default() };
    // No other plan needs more than the greedy one.
    let greedy = Options { effort: DeviceEffort::Greedy, ..options };
    let mut memory = Memory::enough(model, ops, greedy)?;
    let choice = options.offline_plan;
    let planner = &mut Carried { choice, planner: Recorder::new(effort, progress) };
    let interpreter = Interpreter::with_planner(model, ops, memory.bytes(), sharing, planner)?;
    let memories = [interpreter.io.overlay.len(), interpreter.io.variables.len()];
    write(&interpreter, ops, memories, &words(&interpreter), isa)
}

/// The records of an interpreter as words: they end where the words end.
pub(super) fn words(interpreter: &Interpreter<'_>) -> Vec<u32> {
    let mut bytes = interpreter.io.fixed.records.as_bytes();
    let mut words = Vec::new();
    while let Some((rest, word)) = bytes.split_last_chunk() {
        words.push(u32::from_le_bytes(*word));
        bytes = rest;
    }
    if !bytes.is_empty() {
        let mut word = [0; 4];
        word[4 - bytes.len()..].copy_from_slice(bytes);
        words.push(u32::from_le_bytes(word));
    }
    words.reverse();
    words
}

/// Stores what nodes would compute whenever they run in front of the records; `None` if a record is
/// faulty.
fn arranged(
    interpreter: &Interpreter<'_>,
    ops: &[Op],
    (records, overlay): (&[u32], usize),
    isa: Isa,
) -> Option<Vec<u32>> {
    let fixed = &interpreter.io.fixed;
    let (model, mut words) = (interpreter.io.operands.model, records.to_vec());
    let mut constants = Constants::new(model.bytes(), words.len(), isa);
    let given = Records::new(bytemuck::cast_slice(records));
    let mut free = free::of_nodes(given, &interpreter.graph, (ops, model), overlay)?.into_iter();
    for node in graphs(fixed.records, (&interpreter.graph, fixed.callee))?.nodes {
        // The nodes of the graph that runs come first.
        constants.free = free.next().unwrap_or_default();
        let (op, words) = (ops.get(usize::from(node.op))?, block(&mut words, &node)?);
        let (operands, _) = node.read(fixed.records, model, op.data_bytes)?;
        let constant = |input| constant(model.bytes(), operands.input(input));
        constants.inputs = (0..node.inputs.into()).map(constant).collect();
        let data = words.get_mut(node.operand_len()..)?.get_mut(..op.data_bytes.div_ceil(4))?;
        (op.arrange)(bytemuck::cast_slice_mut(data), &mut constants);
    }
    Some([constants.words(), &words].concat())
}

/// The bytes of an operand that is a constant of the model; none if it is absent.
pub(super) fn constant(model: &[u8], operand: Operand) -> Option<&[u8]> {
    match operand.place() {
        Place::Absent => Some(&[]),
        Place::Model(at) => model.get(at as usize..)?.get(..operand.bytes as usize),
        _ => None,
    }
}

/// Replaces all operands and ports in the words of records, which are those of `records`; `None` if
/// one is faulty, or if `moved` gives nothing for it. `graph` comes with the place of the last
/// subgraph that nodes call.
pub(super) fn change(
    records: Records<'_>,
    graph: (&Graph, u32),
    ops: &[Op],
    words: &mut [u32],
    moved: &mut dyn FnMut(Operand) -> Option<Operand>,
) -> Option<()> {
    let len = words.len();
    let Graphs { nodes, ports } = graphs(records, graph)?;
    for node in nodes {
        let op = ops.get(usize::from(node.op))?;
        node.change(block(words, &node)?, op.data_bytes, moved)?;
    }
    for ports in ports {
        let start = len.checked_sub(ports.offset() as usize / 4)?;
        let end = start + ports.len() as usize * size_of::<PortRecord>() / 4;
        PortRecord::change(words.get_mut(start..end)?, moved)?;
    }
    Some(())
}

/// The words from a node's block on.
pub(super) fn block<'w>(words: &'w mut [u32], node: &NodeRecord) -> Option<&'w mut [u32]> {
    let start = words.len().checked_sub(node.words().len() as usize)?;
    words.get_mut(start..)
}

/// Nodes and ports of the graph that runs and of those that nodes call.
pub(super) struct Graphs {
    pub(super) nodes: Vec<NodeRecord>,
    pub(super) ports: Vec<Slice<PortRecord>>,
}

pub(super) fn graphs(records: Records<'_>, (graph, mut callee): (&Graph, u32)) -> Option<Graphs> {
    let mut graphs = Graphs { nodes: vec![], ports: vec![] };
    let mut next = *graph;
    loop {
        graphs.nodes.extend(records.slice(next.nodes).ok()?);
        graphs.ports.extend([next.inputs, next.outputs]);
        if callee == 0 {
            return Some(graphs);
        }
        let record = records.value(Value::<SubgraphRecord>::new(callee)).ok()?;
        (next, callee) = (record.graph, record.previous);
    }
}

/// Writes the image of a model, with these bytes of overlay and variables and these records.
pub(super) fn write(
    interpreter: &Interpreter<'_>,
    ops: &[Op],
    [overlay, variables]: [usize; 2],
    records: &[u32],
    isa: Isa,
) -> Result<Prepared, Error> {
    let model = interpreter.model();
    let records = arranged(interpreter, ops, (records, overlay), isa).ok_or(Error::Records)?;
    let header = Header {
        magic: MAGIC,
        version: VERSION,
        isa: PORTABLE,
        checksum: 0,
        model_bytes: model.bytes().len() as u32,
        model_hash: hash(model.bytes()),
        op_len: ops.len() as u32,
        alignment: alignment(&model, interpreter.nodes()),
        overlay: overlay as u32,
        variables: variables as u32,
        graph: interpreter.graph,
        callee: interpreter.io.fixed.callee,
    };
    let op_records: Vec<OpRecord> = ops.iter().map(OpRecord::of).collect();
    let mut image = bytemuck::bytes_of(&header).to_vec();
    image.extend_from_slice(bytemuck::cast_slice(&op_records));
    // They are found from the end, which lies at a multiple of 4 as they do.
    image.extend_from_slice(bytemuck::cast_slice(&records));
    seal(&mut image);
    Ok(Prepared {
        image,
        overlay_bytes: header.overlay,
        variable_bytes: header.variables,
        alignment: header.alignment,
        isa,
    })
}

/// Writes the checksum of an image, such as one that was changed to see what happens. Without a
/// whole header, it is left as it is.
pub fn seal(image: &mut [u8]) {
    let (covered, place) = (UNCOVERED..image.len(), UNCOVERED - 4..UNCOVERED);
    if let Some(checksum) = image.get(covered).map(hash) {
        image[place].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// The alignment of the widest element of any activation; memory that operators ask for may be of
/// any type.
fn alignment(model: &Model<'_>, nodes: &[NodeRecord]) -> u32 {
    if nodes.iter().any(|node| node.extras > 0) {
        return crate::tensor::ALIGNMENT;
    }
    let tensors = model.subgraph(0).into_iter().flat_map(|graph| graph.tensors());
    let bytes = |bits: u32| bits.div_ceil(8).next_power_of_two().min(8);
    let activations = tensors.filter(|tensor| tensor.data().is_none());
    activations.filter_map(|tensor| tensor.tensor_type().bits().map(bytes)).max().unwrap_or(1)
}

/// Operators, and what Rust code calls them.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// The module with their constants, as `bantam` exports it: `ops::int8`.
    pub path: &'static str,
    /// The operators.
    pub ops: &'static [Op],
    /// What models call custom operators among them, and the names of their constants.
    pub custom: &'static [(&'static str, &'static str)],
}

/// The lists of [`ops`], those that link the least first.
pub static LISTS: [List; 7] = {
    const fn list(path: &'static str, ops: &'static [Op]) -> List {
        List { path, ops, custom: ops::CUSTOM }
    }
    [
        list("ops::int8", ops::int8::ALL),
        list("ops::int4", ops::int4::ALL),
        list("ops::int8_lut", ops::int8_lut::ALL),
        list("ops::int16", ops::int16::ALL),
        list("ops::float32", ops::float32::ALL),
        list("ops", ops::GENERAL),
        list("ops::lut", ops::lut::ALL),
    ]
};

/// An operator of a list, and what Rust code calls it.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The operator.
    pub op: Op,
    list: List,
}

impl Choice {
    /// The operator that [`path`](Self::path) calls `ops::NAME`, such as `CONV_2D` or
    /// `int8::CONV_2D`.
    pub fn named(name: &str) -> Option<Self> {
        Self::named_of(name, &LISTS)
    }

    /// As [`named`](Self::named), out of other lists: the whole path is a name, too, and a custom
    /// operator has the name that models call it.
    pub fn named_of(name: &str, lists: &[List]) -> Option<Self> {
        let (module, name) =
            name.rsplit_once("::").map_or((None, name), |(module, name)| (Some(module), name));
        let is_it = |list: &&List| match module {
            Some(module) => list.path == module || list.path.strip_prefix("ops::") == Some(module),
            None => list.path.ends_with("ops"),
        };
        let found = |list: &List| {
            let op = list.ops.iter().find(|op| match op.code() {
                Code::Builtin(builtin) => builtin.name() == Some(name),
                Code::Custom(custom) => custom == name || list.constant(custom) == Some(name),
            })?;
            Some(Self { op: *op, list: *list })
        };
        lists.iter().filter(is_it).find_map(found)
    }

    /// Its path within the crate, such as `ops::int8::CONV_2D`.
    pub fn path(&self) -> String {
        let name = match self.op.code() {
            Code::Builtin(builtin) => builtin.name().unwrap_or("?"),
            Code::Custom(custom) => self.list.constant(custom).unwrap_or(custom),
        };
        format!("{}::{name}", self.list.path)
    }
}

impl List {
    /// The constant of a custom operator.
    fn constant(&self, custom: &str) -> Option<&'static str> {
        self.custom.iter().find(|(known, _)| *known == custom).map(|(_, name)| *name)
    }
}

/// The operators that take constants as indices of tables.
const TABLES: [BuiltinOperator; 6] = [
    BuiltinOperator::ASSIGN_VARIABLE,
    BuiltinOperator::CONCATENATION,
    BuiltinOperator::CONV_2D,
    BuiltinOperator::DEPTHWISE_CONV_2D,
    BuiltinOperator::FULLY_CONNECTED,
    BuiltinOperator::TRANSPOSE_CONV,
];

/// The subgraphs that run, each once: the first, then those that nodes call, as they come up.
fn reachable(model: &Model<'_>, lists: &[List]) -> Vec<u32> {
    let mut found = vec![0];
    let mut next = 0;
    while let Some(graph) = found.get(next).and_then(|&index| model.subgraph(index)) {
        next += 1;
        for operator in graph.operators() {
            let (builtin, custom) = (operator.builtin(), operator.custom_name());
            let op = lists.iter().flat_map(|list| list.ops).find(|op| op.is(builtin, custom));
            let Some(calls) = op.and_then(Op::calls) else { continue };
            let callees = (0..).map_while(|at| (calls.subgraph)(&operator, at));
            for callee in callees.take(model.subgraph_len() as usize) {
                if callee < model.subgraph_len() && !found.contains(&callee) {
                    found.push(callee);
                }
            }
        }
    }
    found
}

/// The operators of [`ops`] that `model` needs, in the order in which it first needs them, of as
/// few types as will do; those of the subgraphs that nodes call come after those of the first.
///
/// # Errors
///
/// [`Error::MissingOperator`] if there is none for a node; [`Error::Prepare`] if none takes it.
pub fn operators(model: &Model<'_>) -> Result<Vec<Choice>, Error> {
    operators_of(model, &LISTS)
}

/// As [`operators`], out of other lists, of which those that link the least come first.
///
/// # Errors
///
/// As [`operators`].
pub fn operators_of(model: &Model<'_>, lists: &[List]) -> Result<Vec<Choice>, Error> {
    let subgraph = model.subgraph(0).ok_or(Error::NoSubgraph(0))?;
    let mut codes: Vec<(BuiltinOperator, &str)> = vec![];
    let runs = reachable(model, lists);
    for operator in runs.iter().flat_map(|&index| model.subgraph(index)).flat_map(|g| g.operators())
    {
        let code = operator.code();
        let code = (code.builtin, code.custom.unwrap_or_default());
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    // Few indices of tables may take as many bytes as what they stand for: no operator without
    // tables would refuse them.
    let has_tables = model.compression().is_some();
    let choices = |(builtin, custom): (BuiltinOperator, &str)| {
        let found = |list: &List| {
            if has_tables && TABLES.contains(&builtin) && !list.path.ends_with("lut") {
                return None;
            }
            let op = *list.ops.iter().find(|op| op.is(builtin, custom.as_bytes()))?;
            Some(Choice { op, list: *list })
        };
        lists.iter().filter_map(found).collect::<Vec<Choice>>()
    };
    // What is not there is missed below, by its node.
    let mut left: Vec<_> =
        codes.into_iter().map(choices).filter(|choices| !choices.is_empty()).collect();
    left.iter_mut().for_each(|choices| choices.reverse());
    loop {
        let chosen: Vec<Choice> =
            left.iter().filter_map(|choices| choices.last().copied()).collect();
        let ops: Vec<Op> = chosen.iter().map(|choice| choice.op).collect();
        match crate::build::every::each_node(model, &subgraph, &ops, |_, _, _| ()) {
            Ok(()) => return Ok(chosen),
            Err(error @ Error::Prepare { operator, error: fault, .. }) => {
                let is_it = |choice: &Choice| name_of(choice.op.code()) == operator;
                let mut left = left.iter_mut().filter(|choices| choices.len() > 1);
                let narrow = left.find(|choices| choices.last().is_some_and(is_it));
                match (narrow, fault.cause) {
                    (Some(choices), Cause::TensorType(_)) => choices.pop(),
                    _ => return Err(error),
                };
            }
            Err(error) => return Err(error),
        }
    }
}

/// What errors call the operator of a list.
fn name_of(code: Code) -> OperatorName {
    match code {
        Code::Builtin(builtin) => OperatorName::new(builtin, &[]),
        Code::Custom(name) => OperatorName::new(BuiltinOperator::CUSTOM, name.as_bytes()),
    }
}
