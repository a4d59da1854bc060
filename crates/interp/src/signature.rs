//! Inputs and outputs by the names that a signature of the model gives them.

use crate::element::Element;
use crate::error::{InvokeError, PortError};
use crate::interpreter::Interpreter;
use crate::machine::Outcome;
use crate::record::PortRecord;
use bantam_schema::{NamedTensor, Signature};

impl<'a> Interpreter<'a> {
    /// The signature of this name, such as `serving_default`: inputs and outputs by name.
    ///
    /// # Errors
    ///
    /// [`PortError::NoSignature`] if the model has no such signature,
    /// [`PortError::OtherSubgraph`] if it is one of another subgraph than the first, which is the
    /// one that runs.
    pub fn signature(&mut self, key: &str) -> Result<SignatureRunner<'_, 'a>, PortError> {
        let mut signatures = self.model().signatures();
        let found = signatures.find(|signature| signature.key() == Some(key));
        let signature = found.ok_or(PortError::NoSignature)?;
        match signature.subgraph() {
            0 => Ok(SignatureRunner { interpreter: self, signature }),
            other => Err(PortError::OtherSubgraph(other)),
        }
    }
}

/// An interpreter whose inputs and outputs have the names of a signature.
///
/// ```
/// # use bantam_interp::{Interpreter, Op, ops};
/// # use bantam_schema::write::{ModelBuilder, TensorSpec};
/// # use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
/// # let mut builder = ModelBuilder::new();
/// # let mut graph = builder.subgraph("main");
/// # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[2]));
/// # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[2]));
/// # graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
/// # graph.inputs(&[x]).outputs(&[y]);
/// # builder.signature("serving_default", 0, &[("image", 0)], &[("scores", 1)]);
/// # let file = builder.finish();
/// let model = Model::parse(&file)?;
/// let mut arena = vec![0; 1024];
/// let mut interpreter = Interpreter::new(&model, &[ops::RELU], &mut arena)?;
/// let mut serving = interpreter.signature("serving_default")?;
/// serving.input::<f32>("image")?.copy_from_slice(&[-1.0, 2.0]);
/// serving.invoke()?;
/// assert_eq!(serving.output::<f32>("scores")?, [0.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SignatureRunner<'i, 'a> {
    interpreter: &'i mut Interpreter<'a>,
    signature: Signature<'a>,
}

impl<'a> SignatureRunner<'_, 'a> {
    /// The signature as the model has it.
    pub fn signature(&self) -> Signature<'a> {
        self.signature
    }

    /// The index of the graph input that the signature calls so.
    ///
    /// # Errors
    ///
    /// [`PortError::Name`] if it names none so.
    pub fn input_index(&self, name: &str) -> Result<usize, PortError> {
        index_of(self.signature.inputs(), self.interpreter.inputs(), name)
    }

    /// The index of the graph output that the signature calls so.
    ///
    /// # Errors
    ///
    /// [`PortError::Name`] if it names none so.
    pub fn output_index(&self, name: &str) -> Result<usize, PortError> {
        index_of(self.signature.outputs(), self.interpreter.outputs(), name)
    }

    /// [`Interpreter::input`] by name.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::input`]; [`PortError::Name`].
    pub fn input<T: Element>(&mut self, name: &str) -> Result<&mut [T], PortError> {
        self.interpreter.input(self.input_index(name)?)
    }

    /// [`Interpreter::output`] by name.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::output`]; [`PortError::Name`].
    pub fn output<T: Element>(&self, name: &str) -> Result<&[T], PortError> {
        self.interpreter.output(self.output_index(name)?)
    }

    /// [`Interpreter::invoke`].
    ///
    /// # Errors
    ///
    /// As [`Interpreter::invoke`].
    pub fn invoke(&mut self) -> Result<Outcome, InvokeError> {
        self.interpreter.invoke()
    }
}

/// The place among `ports` of the tensor that one of `named` calls so.
fn index_of<'a>(
    mut named: impl Iterator<Item = NamedTensor<'a>>,
    ports: &[PortRecord],
    name: &str,
) -> Result<usize, PortError> {
    let found = named.find(|named| named.name == Some(name));
    let position =
        |named: NamedTensor<'_>| ports.iter().position(|port| port.tensor() == named.tensor);
    found.and_then(position).ok_or(PortError::Name)
}
