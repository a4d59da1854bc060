//! An operator's place in the table.

use std::fmt;
use std::sync::Arc;

use bantam_schema::{BuiltinOperator, TensorType};

use crate::{Case, Exactness, Params, Tensor};

/// What makes a node from parameters; `None` if the parameters do not fit.
type Make = dyn Fn(&Params) -> Option<Case> + Send + Sync;

/// An operator: how its nodes are made, and which of them are tested and measured.
#[derive(Clone)]
pub struct Entry {
    /// The operator.
    pub operator: BuiltinOperator,
    /// The name of a custom one.
    pub custom: Option<&'static str>,
    /// The types that it takes.
    pub types: &'static [TensorType],
    /// The name of its family.
    pub family: &'static str,
    /// Comes behind the type in the names of cases: the output's type, or what else tells entries
    /// apart.
    label: &'static str,
    exactness: Exactness,
    limit: Option<f32>,
    make: Arc<Make>,
    tests: Vec<Params>,
    benchmarks: Vec<(&'static [TensorType], Params)>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("operator", &self.operator).finish_non_exhaustive()
    }
}

impl Entry {
    /// An entry without tests and benchmarks.
    pub(crate) fn new(
        operator: BuiltinOperator,
        types: &'static [TensorType],
        make: impl Fn(&Params) -> Option<Case> + Send + Sync + 'static,
    ) -> Self {
        Self {
            operator,
            custom: None,
            types,
            family: "",
            label: "",
            exactness: Exactness::Bits,
            limit: None,
            make: Arc::new(make),
            tests: vec![],
            benchmarks: vec![],
        }
    }

    /// The custom operator of this name; cases have its options.
    pub(crate) fn custom(self, name: &'static str) -> Self {
        Self { custom: Some(name), ..self }
    }

    /// Tells the cases of this entry from those of another one of the operator.
    pub(crate) fn label(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    /// The reference computes `f32` with a function of the C library: so many units in the last
    /// place are allowed.
    pub(crate) fn ulps(self, ulps: u32) -> Self {
        Self { exactness: Exactness::Ulps(ulps), ..self }
    }

    /// The reference does not define what becomes of larger floats, and of NaN.
    pub(crate) fn limit(self, limit: f32) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Also tests, of all types.
    pub(crate) fn test(mut self, tests: impl IntoIterator<Item = Params>) -> Self {
        self.tests.extend(tests);
        self
    }

    /// Also measures, of all types.
    pub(crate) fn bench(self, benchmarks: impl IntoIterator<Item = Params>) -> Self {
        let types = self.types;
        self.bench_of(types, benchmarks)
    }

    /// Also measures, of these types.
    pub(crate) fn bench_of(
        mut self,
        types: &'static [TensorType],
        benchmarks: impl IntoIterator<Item = Params>,
    ) -> Self {
        self.benchmarks.extend(benchmarks.into_iter().map(|params| (types, params)));
        self
    }

    /// With the family that it stands in.
    pub(crate) fn of_family(self, family: &'static str) -> Self {
        Self { family, ..self }
    }

    /// The node that `params` describe, or `None` if the operator has none such. Fed inputs are
    /// `params.input` and some of `params.others`.
    pub fn node(&self, params: &Params) -> Option<Case> {
        let kind = params.input.tensor_type;
        if !self.types.contains(&kind) {
            return None;
        }
        let case = (self.make)(params)?;
        // Most operators want zero points of 0 where activations have 16 bits.
        let lopsided = |tensor: &Tensor| {
            tensor.tensor_type == TensorType::INT16 && tensor.zero_points.iter().any(|&at| at != 0)
        };
        if case.inputs.iter().any(lopsided) {
            return None;
        }
        let custom = case.custom.zip(self.custom).map(|((_, options), name)| (name, options));
        let operator = self.custom.or(self.operator.name()).unwrap_or("?");
        let parts = [operator, type_name(kind), self.label, &case.name];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let name = parts.collect::<Vec<_>>().join("/");
        let float = |tensor: &Tensor| tensor.tensor_type == TensorType::FLOAT32;
        let exactness =
            if case.outputs.iter().any(float) { self.exactness } else { Exactness::Bits };
        let Self { operator, family, limit, .. } = *self;
        Some(Case { name, operator, custom, family, exactness, limit, ..case })
    }

    /// Its small models, of each type.
    pub fn cases(&self) -> impl Iterator<Item = Case> {
        let of = |params: &'_ Params| {
            self.types.iter().map(|&kind| self.expect(&params.typed(kind))).collect::<Vec<_>>()
        };
        self.tests.iter().flat_map(of)
    }

    /// Its first small model, of each type, as `change` makes it; those that it does not change are
    /// left out.
    pub(crate) fn changed(
        &self,
        label: &'static str,
        change: impl Fn(&mut Case) -> bool,
    ) -> impl Iterator<Item = Case> {
        let params = self.tests.first();
        params
            .into_iter()
            .flat_map(|params| self.types.iter().map(|&kind| params.typed(kind)))
            .filter_map(move |params| {
                let mut case = self.expect(&params);
                case.name = format!("{}/{label}", case.name);
                change(&mut case).then_some(case)
            })
    }

    pub(crate) fn benchmarks(&self) -> impl Iterator<Item = Case> {
        let of = |(types, params): &(&'static [TensorType], Params)| {
            types.iter().map(|&kind| self.expect(&params.typed(kind))).collect::<Vec<_>>()
        };
        self.benchmarks.iter().flat_map(of)
    }

    /// A node that the table names.
    fn expect(&self, params: &Params) -> Case {
        match self.node(params) {
            Some(case) => case,
            None => panic!("{}: the table has no node for {params:?}", self.operator),
        }
    }
}

pub(crate) fn type_name(tensor_type: TensorType) -> &'static str {
    match tensor_type {
        TensorType::INT8 => "i8",
        TensorType::UINT8 => "u8",
        TensorType::INT16 => "i16",
        TensorType::INT32 => "i32",
        TensorType::UINT32 => "u32",
        TensorType::INT64 => "i64",
        TensorType::UINT64 => "u64",
        TensorType::BOOL => "bool",
        TensorType::FLOAT32 => "f32",
        _ => "other",
    }
}
