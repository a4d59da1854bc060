//! Several models in one arena: each keeps what lasts, and they take turns with one overlay.

use crate::build::attempt;
use crate::error::{Error, ImageFault};
use crate::image::Image;
use crate::interpreter::Interpreter;
use crate::new::Options;
use crate::op::{Fixed, Io, Op, Prepared};
use crate::plan::Planner;
use crate::reason::Reason;
use crate::record::Graph;
use bantam_arena::{Align, Arena, Category, Counter, Records, Slice, Usage};
use bantam_schema::Model;

/// Memory for several models that run in turns, with one overlay of the largest size.
///
/// ```text
///  low                                                                             high
///  | overlay of whichever runs | free | variables, records | variables, records of the first |
/// ```
///
/// Models are [added](Self::add) one after the other. Each takes its persistent bytes from the high
/// end and becomes a [`Resident`]. Then the rest of the memory is the
/// [overlay](Self::into_overlay), which is lent to one of them at a time: the compiler refuses a
/// second one.
///
/// [`Share::sum`] adds up beforehand how many bytes that takes.
///
/// ```
/// use bantam_interp::{Interpreter, Share, SharedArena, ops};
/// # use bantam_schema::write::{ModelBuilder, TensorSpec};
/// # use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
/// # fn relu(len: i32) -> Vec<u8> {
/// #     let mut builder = ModelBuilder::new();
/// #     let mut graph = builder.subgraph("main");
/// #     let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, len]));
/// #     let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, len]));
/// #     graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
/// #     graph.inputs(&[x]).outputs(&[y]);
/// #     builder.finish()
/// # }
/// # let files = [relu(2), relu(100)];
/// # let (first, second) = (Model::parse(&files[0])?, Model::parse(&files[1])?);
/// let mut memory = vec![0; 4096];
/// let mut shared = SharedArena::new(&mut memory);
/// let mut first = shared.add(&first, ops::ALL)?;
/// let mut second = shared.add(&second, ops::ALL)?;
/// let mut overlay = shared.into_overlay();
///
/// let mut interpreter = first.lend(&mut overlay)?;
/// interpreter.input::<f32>(0)?.copy_from_slice(&[-1.0, 2.0]);
/// interpreter.invoke()?;
/// assert_eq!(interpreter.output::<f32>(0)?, [0.0, 2.0]);
///
/// let mut interpreter = second.lend(&mut overlay)?;
/// interpreter.input::<f32>(0)?.fill(-1.0);
/// interpreter.invoke()?;
/// assert_eq!(interpreter.output::<f32>(0)?, [0.0; 100]);
/// # assert!(Share::sum(&[first.share(), second.share()]) < 4096);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SharedArena<'a> {
    arena: Arena<'a>,
    /// Bytes of those that were added.
    taken: u32,
    /// The largest overlay of those that were added.
    overlay: u32,
    /// Whether the overlay has a memory of its own.
    apart: bool,
}

impl<'a> SharedArena<'a> {
    /// Takes memory of any length at any address; up to 15 bytes are lost at each end to alignment.
    pub fn new(memory: &'a mut [u8]) -> Self {
        Self { arena: Arena::new(memory), taken: 0, overlay: 0, apart: false }
    }

    /// Takes two memories: `overlay` for activations and scratch, `memory` for all that is kept.
    pub fn with_overlay(memory: &'a mut [u8], overlay: &'a mut [u8]) -> Self {
        Self { arena: Arena::with_overlay(memory, overlay), taken: 0, overlay: 0, apart: true }
    }

    /// Adds a model: prepares it and plans its memory, as [`Interpreter::new`].
    ///
    /// # Errors
    ///
    /// As [`Interpreter::new`]; [`Error::OutOfMemory`] with the bytes that are enough for this
    /// model and those before it. The arena stays as it was.
    pub fn add(&mut self, model: &Model<'a>, ops: &'a [Op]) -> Result<Resident<'a>, Error> {
        self.add_with_options(model, ops, Options::default())
    }

    /// As [`SharedArena::add`], with options.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`], and [`SharedArena::add`].
    pub fn add_with_options(
        &mut self,
        model: &Model<'a>,
        ops: &'a [Op],
        options: Options,
    ) -> Result<Resident<'a>, Error> {
        options.check(model)?;
        let planner: &mut dyn Planner = &mut options.planner();
        let (mut prepared, reason) = (Prepared::new(), Reason::new());
        let source = (model, ops.into(), options.sharing);
        if let Err(failed) = attempt(source, &mut self.arena, &mut prepared, planner, &reason) {
            return Err(self.refuse(reason.error(failed)));
        }
        let usage = self.arena.usage();
        self.check(&usage)?;
        let Prepared { graph, variables, callee, .. } = prepared;
        let max_calls = options.max_calls;
        let fixed = |records| Fixed { max_calls, ..Fixed::new(records, ops, callee) };
        self.keep(*model, &usage, variables, &graph, &fixed)
    }

    /// Adds a model that was prepared before, as [`Interpreter::from_prepared`]: it takes the
    /// bytes of its variables, rounded up to 16.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::from_prepared`], and [`SharedArena::add`].
    pub fn add_prepared(
        &mut self,
        model: &Model<'a>,
        image: &'a [u8],
        ops: &'a [Op],
    ) -> Result<Resident<'a>, Error> {
        let Image { header, records, .. } = Image::open(image, model.bytes(), ops.into())?;
        if header.alignment > Align::Sixteen.bytes() {
            return Err(ImageFault::Malformed.into());
        }
        let variables = header.variables as usize;
        let mut counter = Counter::new();
        counter
            .alloc_aligned::<u8>(variables, Align::Sixteen, Category::Variables)
            .and_then(|_| counter.reserve_overlay(header.overlay as usize))
            .map_err(|_| ImageFault::Malformed)?;
        let usage = counter.usage();
        self.check(&usage)?;
        let variables = self.arena.alloc_aligned(variables, Align::Sixteen, Category::Variables);
        let variables = variables.map_err(|_| Error::Records)?;
        let fixed = |_| Fixed::new(records, ops, header.callee);
        self.keep(*model, &usage, variables, &header.graph, &fixed)
    }

    /// Returns the overlay, which is lent to one model at a time: all memory that is left.
    pub fn into_overlay(self) -> Overlay<'a> {
        Overlay(self.arena.into_overlay())
    }

    /// Takes the bytes of a model that is prepared, and brings its state to its beginning.
    fn keep(
        &mut self,
        model: Model<'a>,
        usage: &Usage,
        variables: Slice<u8>,
        graph: &Graph,
        fixed: &dyn Fn(Records<'a>) -> Fixed<'a>,
    ) -> Result<Resident<'a>, Error> {
        let parts = self.arena.take_persistent(variables).map_err(|_| Error::Records)?;
        self.taken += granules(usage.persistent());
        self.overlay = self.overlay.max(usage.overlay());
        let (variables, fixed) = (parts.variables, fixed(parts.records));
        let io = Io::new(&mut [], variables, model, fixed);
        let mut resident = Resident(Interpreter { io, graph: *graph, usage: *usage });
        let mut overlay = Overlay(self.arena.overlay_mut());
        resident.lend(&mut overlay)?.reset().map_err(Error::Reset)?;
        Ok(resident)
    }

    /// `Ok` if there is room for what a model keeps, and for the largest overlay beside it.
    fn check(&mut self, usage: &Usage) -> Result<(), Error> {
        let overlay = granules(self.overlay.max(usage.overlay()));
        let mut needed = granules(usage.persistent());
        let [given, given_overlay] = self.arena.given();
        if !self.apart {
            needed = needed.saturating_add(overlay);
        } else if overlay > self.arena.overlay_capacity() {
            let needed = overlay as usize + given_overlay.before;
            return Err(Error::OverlayTooSmall { needed, available: given_overlay.len });
        }
        if needed > self.arena.capacity() {
            let needed = needed as usize + given.before;
            let error = Error::OutOfMemory { needed, available: given.len };
            return Err(self.refuse(error));
        }
        Ok(())
    }

    /// Makes room again, and tells of all the bytes that are needed, those of others included.
    #[cold]
    fn refuse(&mut self, error: Error) -> Error {
        let kept = granules(self.arena.usage().persistent()) + granules(self.overlay);
        let kept = kept as usize + self.arena.given()[0].before;
        self.arena.clear();
        match error {
            Error::OutOfMemory { needed, available } => {
                let needed = if self.apart { needed } else { needed.max(kept) };
                let needed = needed.saturating_add(self.taken as usize);
                Error::OutOfMemory { needed, available }
            }
            error => error,
        }
    }
}

/// The overlay of a [`SharedArena`].
#[derive(Debug)]
pub struct Overlay<'a>(&'a mut [u8]);

impl Overlay<'_> {
    /// Returns its bytes: at least as many as the largest of the overlays.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the bytes, which are anybody's between two loans.
    pub fn bytes(&mut self) -> &mut [u8] {
        self.0
    }

    /// Returns whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A model in a [`SharedArena`]: all of an [`Interpreter`] but the overlay.
#[derive(Debug)]
pub struct Resident<'a>(Interpreter<'a>);

impl Resident<'_> {
    /// Lends the overlay to the model, which can then run.
    ///
    /// What the overlay holds is unspecified: fill all inputs before each
    /// [`invoke`](Interpreter::invoke). Variables and states are as they were when the model last
    /// ran. A run [in steps](Interpreter::step) ends with the loan.
    ///
    /// # Errors
    ///
    /// [`Error::OverlayTooSmall`] if it is the overlay of another arena.
    pub fn lend<'r>(&'r mut self, overlay: &'r mut Overlay<'_>) -> Result<Interpreter<'r>, Error> {
        let Interpreter { io, graph, usage } = &mut self.0;
        let (needed, available) = (usage.overlay() as usize, overlay.len());
        let Some(overlay) = overlay.0.get_mut(..needed) else {
            return Err(Error::OverlayTooSmall { needed, available });
        };
        let io = Io::new(overlay, &mut *io.variables, io.operands.model, io.fixed);
        Ok(Interpreter { io, graph: *graph, usage: *usage })
    }

    /// Sets [`Options::max_calls`] for all loans to come.
    pub fn set_max_calls(&mut self, calls: u32) {
        self.0.set_max_calls(calls);
    }

    /// Returns what it takes of the arena.
    pub fn share(&self) -> Share {
        self.0.share()
    }
}

impl Interpreter<'_> {
    /// Returns what the model takes of a [`SharedArena`].
    pub fn share(&self) -> Share {
        let usage = self.usage();
        Share {
            persistent: granules(usage.persistent()),
            overlay: usage.overlay(),
            alone: usage.required(),
        }
    }
}

/// The bytes that a model takes of a [`SharedArena`]. They are the same on every target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// What it keeps, a multiple of 16.
    pub persistent: u32,
    /// Activations and scratch, which all models share.
    pub overlay: u32,
    /// An arena of its own: with what only preparing needs.
    pub alone: u32,
}

impl Share {
    /// Returns the share of a model that is [prepared](SharedArena::add_prepared).
    pub const fn prepared(variables: u32, overlay: u32) -> Self {
        let persistent = granules(variables);
        Self { persistent, overlay, alone: granules(persistent.saturating_add(overlay)) }
    }

    /// Returns the bytes of a 16-byte-aligned arena for models that are added in this order: so
    /// many are enough, one less is not. `u32::MAX` stands for more than an arena can have.
    ///
    /// The order matters where preparing takes more memory than running: the model with the largest
    /// such share is then best added first.
    pub const fn sum(mut shares: &[Self]) -> usize {
        let (mut taken, mut overlay, mut needed) = (0_u32, 0, 0);
        while let Some((share, rest)) = shares.split_first() {
            needed = max(needed, taken.saturating_add(share.alone));
            taken = taken.saturating_add(share.persistent);
            overlay = max(overlay, granules(share.overlay));
            needed = max(needed, taken.saturating_add(overlay));
            shares = rest;
        }
        needed as usize
    }
}

const fn max(a: u32, b: u32) -> u32 {
    if a < b { b } else { a }
}

/// Rounds up to a multiple of 16.
const fn granules(bytes: u32) -> u32 {
    bytes.saturating_add(15) & !15
}
