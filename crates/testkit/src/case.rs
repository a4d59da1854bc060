//! A model of one node.

use bantam_schema::write::{ModelBuilder, OperatorSpec};
use bantam_schema::{BuiltinOperator, Options, TensorType};

use crate::{Tensor, noise};

/// How close an output is to TensorFlow Lite Micro's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// Bit for bit; any NaN stands for any other.
    Bits,
    /// The reference calls a function of the C library, whose last bits differ between libraries:
    /// so many units in the last place are allowed.
    Ulps(u32),
}

/// A model of one node. It can be changed before it is written.
#[derive(Clone, Debug)]
pub struct Case {
    /// Operator, type and shapes, as in `CONV_2D/i8/25x5x64_3x3`; unique.
    pub name: String,
    /// The family of the operator: the name of a golden file.
    pub family: &'static str,
    /// What the node runs.
    pub operator: BuiltinOperator,
    /// The name of a custom operator, and its options.
    pub custom: Option<(&'static str, Vec<u8>)>,
    /// Its options.
    pub options: Options<'static>,
    /// What it reads. Tensors that are neither constant nor variable are the inputs of the graph.
    pub inputs: Vec<Tensor>,
    /// What it writes.
    pub outputs: Vec<Tensor>,
    /// Multiply-accumulates if there are weights, else elements of the larger one of input and
    /// output.
    pub work: u64,
    /// How its floats are compared.
    pub exactness: Exactness,
    /// The largest float that it is fed, if the reference does not say what it makes of larger ones
    /// and of NaN.
    pub limit: Option<f32>,
    /// Writes the model, if there is more to it than the node.
    pub(crate) around: Option<fn(&Self, &mut ModelBuilder)>,
}

impl Case {
    /// A node with one output. Its name is `label`, to which the entry adds operator and type.
    pub(crate) fn new(
        label: String,
        inputs: impl IntoIterator<Item = Tensor>,
        output: Tensor,
        options: impl Into<Options<'static>>,
    ) -> Self {
        let inputs: Vec<Tensor> = inputs.into_iter().collect();
        let len = |tensors: &[Tensor]| tensors.iter().map(Tensor::elements_len).max();
        let work = len(&inputs).max(Some(output.elements_len())).unwrap_or(0) as u64;
        Self {
            name: label,
            family: "",
            operator: BuiltinOperator(0),
            custom: None,
            options: options.into(),
            inputs,
            outputs: vec![output],
            work,
            exactness: Exactness::Bits,
            limit: None,
            around: None,
        }
    }

    /// With other nodes or subgraphs around the node, which `around` writes.
    pub(crate) fn around(self, around: fn(&Self, &mut ModelBuilder)) -> Self {
        Self { around: Some(around), ..self }
    }

    /// Whether the node makes sense in another model: it needs nothing around it, and keeps nothing
    /// in variables.
    pub fn is_alone(&self) -> bool {
        self.around.is_none() && self.inputs.iter().all(|tensor| !tensor.variable)
    }

    /// Whether the model is the node and its tensors. Others look for tensors at their places.
    pub fn is_one_node(&self) -> bool {
        self.around.is_none()
    }

    /// With these outputs instead.
    pub(crate) fn outputs(self, outputs: Vec<Tensor>) -> Self {
        Self { outputs, ..self }
    }

    /// With the options of a custom operator, whose name the entry adds.
    pub(crate) fn custom(self, options: Vec<u8>) -> Self {
        Self { custom: Some(("", options)), ..self }
    }

    /// The name of the operator.
    pub fn operator_name(&self) -> String {
        match &self.custom {
            Some((name, _)) => (*name).to_owned(),
            None => self.operator.to_string(),
        }
    }

    /// With so many multiply-accumulates.
    pub(crate) fn work(self, factors: &[i32]) -> Self {
        let work = factors.iter().map(|&factor| u64::from(factor.unsigned_abs())).product();
        Self { work, ..self }
    }

    /// The bytes of the model.
    pub fn file(&self) -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        let around = self.around.unwrap_or(Self::write_node);
        around(self, &mut builder);
        builder.finish()
    }

    /// Writes a graph of the node.
    fn write_node(&self, builder: &mut ModelBuilder) {
        let mut graph = builder.subgraph("main");
        let inputs: Vec<i32> = self.inputs.iter().map(|each| graph.tensor(each.spec())).collect();
        let outputs: Vec<i32> = self.outputs.iter().map(|each| graph.tensor(each.spec())).collect();
        graph.add(match &self.custom {
            Some((name, options)) => {
                OperatorSpec::custom(name, &inputs, &outputs).custom_options(options)
            }
            None => OperatorSpec::new(self.operator, &inputs, &outputs).options(self.options),
        });
        let fed = inputs.iter().zip(&self.inputs).filter(|(_, tensor)| tensor.is_fed());
        let fed: Vec<i32> = fed.map(|(index, _)| *index).collect();
        graph.inputs(&fed).outputs(&outputs);
    }

    /// The tensors that are fed.
    pub fn fed(&self) -> impl Iterator<Item = &Tensor> {
        self.inputs.iter().filter(|tensor| tensor.is_fed())
    }

    /// Inputs of noise.
    pub fn noise(&self) -> Vec<Vec<u8>> {
        self.feed(0)
    }

    fn feed(&self, step: u32) -> Vec<Vec<u8>> {
        let feed = |(index, tensor): (u32, &Tensor)| {
            let (of, len) = (tensor.tensor_type, tensor.bytes_len());
            let seed = 1 + 10 * step + index;
            if let Some(places) = tensor.places {
                return noise::indices(of, len, seed, places);
            }
            match step {
                0 => noise::bytes(of, len, seed),
                2 if of == TensorType::FLOAT32 => noise::with_nan(len, seed),
                _ if of == TensorType::FLOAT32 => noise::limited(len, seed, self.limit),
                _ => noise::extremes(of, len, seed),
            }
        };
        (0..).zip(self.fed()).map(feed).collect()
    }

    /// What the inputs are in each of a few inferences: noise, then the extremes of their types,
    /// then floats that are not numbers. What only moves elements gets extremes alone.
    pub fn feeds(&self) -> Vec<Vec<Vec<u8>>> {
        let floats = self.fed().any(|tensor| tensor.tensor_type == TensorType::FLOAT32);
        let steps = match self.family {
            "movement" => 1..2,
            // Most keep something from one inference to the next.
            "signal" => 0..5,
            _ if floats && self.limit.is_none() => 0..3,
            _ => 0..2,
        };
        steps.map(|step| self.feed(step)).collect()
    }
}
