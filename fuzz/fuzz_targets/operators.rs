//! Models of one operator that are almost right: other shapes, types, scales and constants than it
//! expects.
#![no_main]

use std::sync::LazyLock;

use bantam_fuzz::run_model;
use bantam_schema::TensorType;
use bantam_testkit::{Case, Tensor, cases};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);

/// More tensors than any operator has, and fewer than slow down the fuzzer.
const MAX_TENSORS: usize = 16;
const MAX_RANK: usize = 8;

#[derive(Arbitrary, Debug)]
struct Input {
    case: u16,
    changes: Vec<Change>,
    /// Bytes of the file to be replaced: options, above all. Where, and by what.
    pokes: Vec<(u16, u8)>,
}

#[derive(Arbitrary, Debug)]
struct Change {
    /// Which tensor: inputs first.
    tensor: u8,
    what: What,
}

#[derive(Arbitrary, Debug)]
enum What {
    Type(i8),
    Extent {
        dimension: u8,
        extent: u8,
    },
    LargeExtent {
        dimension: u8,
        extent: i32,
    },
    Rank(u8),
    Scale {
        index: u8,
        scale: f32,
    },
    Scales(u8),
    ZeroPoint {
        index: u8,
        zero_point: i16,
    },
    Dimension(i8),
    Variable(bool),
    /// A constant becomes an input, or an input a constant of this many bytes.
    Constant(Option<u8>),
    Data {
        at: u16,
        value: u8,
    },
    Remove,
    Again,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let mut case = CASES[usize::from(input.case) % CASES.len()].clone();
    for change in &input.changes {
        apply(&mut case, change);
    }
    let mut file = case.file();
    for &(at, value) in &input.pokes {
        if let Some(byte) = file.get_mut(usize::from(at)) {
            *byte = value;
        }
    }
    run_model(&file);
});

fn apply(case: &mut Case, change: &Change) {
    let (index, is_one_node) = (usize::from(change.tensor), case.is_one_node());
    let (list, index) = match index.checked_sub(case.inputs.len()) {
        None => (&mut case.inputs, index),
        Some(index) => (&mut case.outputs, index),
    };
    let len = list.len();
    let Some(tensor) = list.get_mut(index) else { return };
    match change.what {
        What::Remove if is_one_node => drop(list.remove(index)),
        What::Again if len < MAX_TENSORS => {
            let tensor = tensor.clone();
            list.push(tensor);
        }
        What::Again => {}
        ref what => change_tensor(tensor, what),
    }
}

fn change_tensor(tensor: &mut Tensor, what: &What) {
    match *what {
        What::Type(number) => tensor.tensor_type = TensorType(number),
        What::Extent { dimension, extent } => {
            set(&mut tensor.shape, dimension.into(), extent.into())
        }
        What::LargeExtent { dimension, extent } => set(&mut tensor.shape, dimension.into(), extent),
        What::Rank(rank) => tensor.shape.resize(usize::from(rank) % (MAX_RANK + 1), 1),
        What::Scale { index, scale } => set(&mut tensor.scales, index.into(), scale),
        What::Scales(len) => {
            tensor.scales.resize(len.into(), 0.5);
            tensor.zero_points.resize(len.into(), 0);
        }
        What::ZeroPoint { index, zero_point } => {
            set(&mut tensor.zero_points, index.into(), zero_point.into());
        }
        What::Dimension(dimension) => tensor.dimension = dimension.into(),
        What::Variable(variable) => tensor.variable = variable,
        What::Constant(len) => tensor.data = len.map(|len| vec![1; len.into()]),
        What::Data { at, value } => set(tensor.data.get_or_insert_default(), at.into(), value),
        What::Remove | What::Again => {}
    }
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}
