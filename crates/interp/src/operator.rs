//! Operators: how a node is prepared, how it runs, and how an operator list names them.

use crate::build::callees::CALLING;
#[cfg(feature = "host")]
use crate::constants::{Constants, Folded};
use crate::error::EvalError;
use crate::op::{Calls, Code, Io, LendTo, MakeScales, Op, Preparing};
#[cfg(feature = "foreign")]
use crate::op::{FOREIGN_WORDS, Foreign};
use crate::overlap::{Overlaps, Parts};
use crate::plan::{JOINING, Joined, Shares};
use crate::prepare::Prepare;
use crate::reason::Failed;
use bantam_schema::{BuiltinOperator, TensorType};
use bytemuck::Pod;
use core::ops::Range;

/// See [`Operator::RESET`].
pub type Reset<Data> = fn(&Data, &mut Io<'_>) -> Result<(), EvalError>;

/// An operator.
///
/// [`prepare`](Self::prepare) checks a node once and computes what running it needs;
/// [`eval`](Self::eval) runs it with that and allocates nothing. Users implement it for operators
/// of their own, in their crates, as equals.
pub trait Operator {
    /// What a prepared node keeps in the arena: fixed-width fields without padding, at most 4-byte
    /// aligned, so that it is the same on every target. `()` where nothing is worth keeping.
    type Data: Pod;

    /// Checks the node and prepares it.
    ///
    /// # Errors
    ///
    /// Whatever makes the node impossible to run.
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed>;

    /// Inputs that the first output may lie over where they are not needed afterwards, each with
    /// the distances that [`eval`](Self::eval) then keeps for elements of this
    /// [type](Io::element_type).
    ///
    /// An operator that names any has to run on [`Io::activations`]: the plan decides whether input
    /// and output are apart. At most one of the inputs is overlapped.
    fn overlaps(_data: &Self::Data, _element_type: TensorType) -> Overlaps {
        [None, None]
    }

    /// Tells whether the inputs of a node, one after the other, are its output, or the other way
    /// round: then the memory plan may put the parts into the whole, and [`eval`](Self::eval) has
    /// nothing to copy where it did: see [`Io::is_part`].
    // Not a function, which every operator would have: lists without operators that have parts do
    // not link what plans them.
    const PARTS: Option<fn(&Self::Data) -> Parts> = None;

    /// Names the subgraphs that a node calls: for each position from 0 on the index of one, until
    /// there is `None`. Left out by operators that call none.
    ///
    /// The subgraphs are prepared before the node, whose [`prepare`](Self::prepare) asks for each
    /// with [`Prepare::call`].
    // Not a function, which every operator would have: lists without operators that call do not
    // link what prepares subgraphs.
    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> = None;

    /// Whether nodes ask for resource variables, with [`Prepare::resource`].
    // As above: only lists with such operators link what finds them.
    const RESOURCES: bool = false;

    /// What computes factors of the scales that a filter has for its channels. Operators need it
    /// where they do not find the factors in an [image](Self::arrange).
    // Operators do not call it by themselves: lists for images do not link it.
    #[doc(hidden)]
    const SCALES: Option<MakeScales> = None;

    /// What lends memory to a node: the bytes of the overlay above all that any tensor needs while
    /// it runs. Left out by operators that borrow none. It changes `data` so that
    /// [`eval`](Self::eval) finds them.
    // As above: only lists with such operators link what finds memory.
    #[doc(hidden)]
    const LEND: Option<LendTo<Self::Data>> = None;

    /// Stores in the image of a prepared model what the node would compute whenever it runs, and
    /// changes `data` so that [`eval`](Self::eval) finds it there with [`Io::persistent`]. Only the
    /// host calls it, when it makes an image.
    #[cfg(feature = "host")]
    fn arrange(_data: &mut Self::Data, _constants: &mut Constants<'_>) {}

    /// New contents, of the same length, for constant inputs that no other node reads: with what
    /// the node would compute of them whenever it runs, or in an order that suits the
    /// [instructions](Constants::isa) better. `data` is changed to suit them. Only the host calls
    /// it, when it writes a file that belongs to an image.
    #[cfg(feature = "host")]
    fn fold(_data: &mut Self::Data, _constants: &mut Constants<'_>) -> Folded {
        Folded::new()
    }

    /// Brings the state of a node back to where it was after [`prepare`](Self::prepare); state
    /// operands are zero again when this is called. Left out by operators that have none.
    // Not a function, which every operator would have.
    const RESET: Option<Reset<Self::Data>> = None;

    /// Runs the node.
    ///
    /// # Errors
    ///
    /// What only shows at run time. Outputs are then unspecified.
    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError>;
}

impl Op {
    /// The builtin operator `code`, run by `T`.
    pub const fn builtin<T: Operator>(code: BuiltinOperator) -> Self {
        Self::new::<T>(Code::Builtin(code))
    }

    /// The custom operator `name`, run by `T`.
    pub const fn custom<T: Operator>(name: &'static str) -> Self {
        Self::new::<T>(Code::Custom(name))
    }

    const fn new<T: Operator>(code: Code) -> Self {
        const { assert!(align_of::<T::Data>() <= 4, "prepared data must be at most 4-byte aligned") };
        Self {
            code,
            preparing: Some(
                const {
                    &Preparing {
                        prepare: |node| match prepare::<T>(node) {
                            // Where it is: what is moved takes code and stack.
                            Ok(ref data) => node.finish(bytemuck::bytes_of(data), shares::<T>),
                            Err(failed) => Err(failed),
                        },
                        shares: shares::<T>,
                        calls: match T::CALLS {
                            Some(subgraph) => Some(Calls { subgraph, calling: &CALLING }),
                            None if T::RESOURCES => {
                                Some(Calls { subgraph: |_, _| None, calling: &CALLING })
                            }
                            None => None,
                        },
                        scales: T::SCALES,
                        lend: match T::LEND {
                            Some(_) => Some(lend::<T>),
                            None => None,
                        },
                    }
                },
            ),
            eval: match T::CALLS {
                Some(_) => |io| {
                    io.begin_calls();
                    T::eval(data_of::<T>(io.data)?, io)
                },
                None => |io| T::eval(data_of::<T>(io.data)?, io),
            },
            reset: match (T::CALLS, T::RESET) {
                (Some(_), _) => Some(|io| {
                    io.reset_callees()?;
                    reset::<T>(io)
                }),
                (None, Some(_)) => Some(reset::<T>),
                (None, None) => None,
            },
            #[cfg(feature = "host")]
            arrange: |data, constants| {
                let data = data.get_mut(..size_of::<T::Data>()).unwrap_or_default();
                if let Ok(data) = bytemuck::try_from_bytes_mut(data) {
                    T::arrange(data, constants);
                }
            },
            #[cfg(feature = "host")]
            fold: |data, constants| {
                let data = data.get_mut(..size_of::<T::Data>()).unwrap_or_default();
                match bytemuck::try_from_bytes_mut(data) {
                    Ok(data) => T::fold(data, constants),
                    Err(_) => Folded::new(),
                }
            },
            data_bytes: size_of::<T::Data>(),
            #[cfg(feature = "foreign")]
            foreign: None,
        }
    }

    /// The custom operator `name` of another language.
    #[cfg(feature = "foreign")]
    pub fn foreign(name: &'static str, operator: &'static dyn Foreign) -> Self {
        Self {
            code: Code::Custom(name),
            preparing: None,
            eval: |io| match io.foreign {
                Some(operator) => operator.eval(io.data, io),
                None => Err(EvalError::Record),
            },
            reset: Some(|io| match io.foreign {
                Some(operator) => operator.reset(io.data, io),
                None => Err(EvalError::Record),
            }),
            #[cfg(feature = "host")]
            arrange: |_, _| {},
            #[cfg(feature = "host")]
            fold: |_, _| Folded::new(),
            data_bytes: operator.data_bytes().min(FOREIGN_WORDS * 4),
            foreign: Some(operator),
        }
    }

    /// The same operator without the code that prepares nodes: for lists that run prepared images,
    /// which then do not link it.
    ///
    /// [`Interpreter::new`](crate::Interpreter::new) refuses the nodes of such an operator with
    /// [`Cause::OnlyPrepared`](crate::Cause::OnlyPrepared).
    pub const fn prepared(self) -> Self {
        Self { preparing: None, ..self }
    }

    /// What the model calls it.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Bytes of the prepared data that a node of it keeps in the arena, before they are rounded up
    /// to whole words.
    pub const fn data_bytes(&self) -> usize {
        self.data_bytes
    }

    /// Whether it is the operator that the model calls so.
    pub(crate) fn is(&self, builtin: BuiltinOperator, custom: &[u8]) -> bool {
        match self.code {
            Code::Builtin(code) => builtin == code && code != BuiltinOperator::CUSTOM,
            Code::Custom(name) => builtin == BuiltinOperator::CUSTOM && custom == name.as_bytes(),
        }
    }
}

#[cfg(feature = "foreign")]
impl dyn Foreign {
    pub(crate) fn prepare_node(&self, node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        let mut data = [0; FOREIGN_WORDS];
        self.prepare(node, &mut data)?;
        let bytes: &[u8] = bytemuck::cast_slice(&data);
        let data = bytes.get(..self.data_bytes()).unwrap_or(bytes);
        node.finish(data, |_, _| Shares::default())
    }
}

/// What a node keeps.
#[inline(never)] // stack: what it takes is given back before the node's block is written
fn prepare<T: Operator>(node: &mut Prepare<'_, '_>) -> Result<T::Data, Failed> {
    T::prepare(node)
}

fn shares<T: Operator>(data: &[u8], element_type: TensorType) -> Shares {
    let shares = |data| Shares {
        overlaps: T::overlaps(data, element_type),
        // size: with `map`, level 3 links `JOINING` for operators that have no parts, too
        parts: match T::PARTS {
            Some(parts) if const { T::PARTS.is_some() } => {
                Some(Joined { parts: parts(data), joining: &JOINING })
            }
            _ => None,
        },
    };
    data_of::<T>(data).map_or(Shares::default(), shares)
}

fn lend<T: Operator>(data: &mut [u8], free: &Range<u32>) {
    let data = data.get_mut(..size_of::<T::Data>()).unwrap_or_default();
    if let (Some(lend), Ok(data)) = (T::LEND, bytemuck::try_from_bytes_mut(data)) {
        lend(data, free);
    }
}

/// Resets a node, if the operator has a state.
fn reset<T: Operator>(io: &mut Io<'_>) -> Result<(), EvalError> {
    match T::RESET {
        Some(reset) => reset(data_of::<T>(io.data)?, io),
        None => Ok(()),
    }
}

/// Prepared data as it was stored: whole words, of which `Data` takes the first bytes.
fn data_of<T: Operator>(data: &[u8]) -> Result<&T::Data, EvalError> {
    let bytes = data.get(..size_of::<T::Data>()).ok_or(EvalError::Record)?;
    bytemuck::try_from_bytes(bytes).map_err(|_| EvalError::Record)
}
