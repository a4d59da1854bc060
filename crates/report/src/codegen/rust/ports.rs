//! The function of a program that runs the model once.

use std::fmt::Write as _;

use bantam_schema::{Model, Tensor, TensorType};

use crate::model::{Quantization, type_name};
use crate::text::{printable, shape_text};

/// The type of Rust for elements of a tensor; `None` for those that are read as bytes.
fn element(tensor_type: TensorType) -> Option<&'static str> {
    Some(match tensor_type {
        TensorType::INT8 => "i8",
        TensorType::UINT8 => "u8",
        TensorType::INT16 => "i16",
        TensorType::INT32 => "i32",
        TensorType::INT64 => "i64",
        TensorType::FLOAT32 => "f32",
        _ => return None,
    })
}

/// What fills the input in place of a sensor.
fn ramp(tensor_type: TensorType) -> Option<&'static str> {
    Some(match tensor_type {
        TensorType::INT8 => "index as i8",
        TensorType::UINT8 => "index as u8",
        TensorType::INT16 => "index as i16",
        TensorType::FLOAT32 => "(index % 256) as f32 / 256.0",
        // Others are often indices, of which 0 is always one.
        _ => return None,
    })
}

/// Returns the function `run`: `print` is a macro, `array` how it prints an array.
pub(super) fn run(model: &Model<'_>, print: &str, array: &str) -> String {
    let tensors = |places: fn(&bantam_schema::Subgraph<'_>) -> Vec<i32>| {
        let subgraph = model.subgraph(0);
        let tensors = subgraph.iter().flat_map(|graph| {
            places(graph)
                .into_iter()
                .filter_map(|place| graph.tensor(u32::try_from(place).ok()?))
                .collect::<Vec<_>>()
        });
        tensors.enumerate().collect::<Vec<_>>()
    };
    let mut code = String::from(
        "/// Runs the model once. Later layers use the memory of inputs, too: fill all of them before
/// each invoke.
fn run(arena: &mut [u8; @TYPE@::ARENA_BYTES]) -> Result<(), ()> {
    let mut model = @TYPE@::new(arena).map_err(show)?;
",
    );
    // A string takes whatever is written to it.
    for (place, tensor) in tensors(|graph| graph.inputs().iter().collect()) {
        let _ = writeln!(code, "    // Takes the place of a sensor. {}", described(&tensor));
        let kind = tensor.tensor_type();
        let _ = match element(kind).zip(ramp(kind)) {
            Some((element, value)) => writeln!(
                code,
                "    let input = model.input::<{element}>({place}).map_err(show)?;
    for (index, value) in input.iter_mut().enumerate() {{
        *value = {value};
    }}"
            ),
            None => writeln!(code, "    model.input_bytes({place}).map_err(show)?.fill(0);"),
        };
    }
    code += "    model.invoke().map_err(show)?;\n";
    for (place, tensor) in tensors(|graph| graph.outputs().iter().collect()) {
        let _ = writeln!(code, "    // {}", described(&tensor));
        let read = match element(tensor.tensor_type()) {
            Some(element) => format!("output::<{element}>"),
            None => "output_bytes".to_owned(),
        };
        let _ = writeln!(
            code,
            "    let output = model.{read}({place}).map_err(show)?;
    {print}(\"output {place}: {array}\", output);"
        );
    }
    code + "    Ok(())\n}\n"
}

/// Returns a sentence about a tensor.
fn described(tensor: &Tensor<'_>) -> String {
    let shape: Vec<i32> = tensor.shape().iter().collect();
    let name = printable(tensor.name().unwrap_or_default());
    let quantization = Quantization::of(tensor).map(|found| format!(", {}", found.text()));
    format!(
        "\"{name}\": {} {}{}",
        type_name(tensor.tensor_type()),
        shape_text(&shape),
        quantization.unwrap_or_default()
    )
}
