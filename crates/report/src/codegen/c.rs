//! C: a header and a source with the model, its operators and the exact size of its arena.

use std::fmt::Write as _;

use bantam_interp::host::{self, Choice, Isa};
use bantam_schema::{Model, Tensor, TensorType};
use bantam_signal_ops::LISTS;

use super::file::{File, text};
use super::library;
use crate::Error;

/// What the code needs to know beside the model.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Whether the model is prepared here: the device then only runs it. The source has what the
    /// device reads of the model, which is less than the file.
    pub prepared: bool,
    /// What an image has for the loops of the library.
    pub isa: Isa,
}

impl Options {
    /// Returns options of which one is set.
    pub fn prepared(prepared: bool) -> Self {
        Self { prepared, ..Self::default() }
    }

    /// Returns the options with constants for certain loops.
    #[must_use]
    pub fn with_isa(self, isa: Isa) -> Self {
        Self { isa, ..self }
    }
}

/// What the header and the source say of a model.
struct Code<'m> {
    model: Model<'m>,
    name: &'m str,
    arena_bytes: usize,
    alignment: u32,
    /// Names of the operators' constants, in the order of the image.
    operators: Vec<String>,
    image: Option<Vec<u8>>,
    /// What takes the model's place beside the image, if that is less than the model.
    lean: Option<Vec<u8>>,
}

/// Returns `NAME.h` and `NAME.c`.
pub(super) fn files(model: &Model<'_>, name: &str, options: &Options) -> Result<Vec<File>, Error> {
    let refused = |error| Error::of(model, &error);
    let choices = host::operators_of(model, &LISTS).map_err(refused)?;
    let operators = choices.iter().map(|choice| constant(choice, options.prepared)).collect();
    let model = *model;
    let code = if options.prepared {
        let (prepared, lean) = super::prepared::prepare(&model, &choices, options.isa)?;
        let arena_bytes = prepared.arena_bytes() as usize;
        let (alignment, image) = (prepared.alignment, Some(prepared.image));
        Code { model, name, arena_bytes, alignment, operators, image, lean }
    } else {
        let ops: Vec<_> = choices.iter().map(|choice| choice.op).collect();
        let arena_bytes = host::arena_bytes(&model, &ops, bantam_interp::Options::default());
        let arena_bytes = arena_bytes.map_err(refused)?;
        Code { model, name, arena_bytes, alignment: 16, operators, image: None, lean: None }
    };
    Ok(vec![text(&format!("{name}.h"), code.header()), text(&format!("{name}.c"), code.source())])
}

/// Makes a list of the operators that have constants for single types.
macro_rules! typed {
    ($($name:ident$(<$types:ident>)?;)*) => { &[$($((stringify!($name), stringify!($types)),)?)*] };
}

const TYPED: &[(&str, &str)] = bantam_interp::for_each_operator!(typed);
const TYPED_SIGNAL: &[(&str, &str)] = bantam_signal_ops::for_each_operator!(typed);

/// Returns the constant of `bantam.h` for an operator: `BANTAM_CONV_2D_INT8` for
/// `ops::int8::CONV_2D`.
fn constant(choice: &Choice, prepared: bool) -> String {
    let path = choice.path();
    let (list, name) = path.rsplit_once("::").unwrap_or(("", &path));
    let (prefix, list, typed) = match list.strip_prefix("signal::") {
        Some(list) => ("BANTAM_SIGNAL_", list, TYPED_SIGNAL),
        None => ("BANTAM_", list, TYPED),
    };
    let list = list.strip_prefix("ops::").filter(|_| typed.iter().any(|typed| typed.0 == name));
    let types = list.map(|list| format!("_{}", list.to_ascii_uppercase()));
    let prepared = if prepared { "_PREPARED" } else { "" };
    format!("{prefix}{name}{}{prepared}", types.unwrap_or_default())
}

impl Code<'_> {
    fn header(&self) -> String {
        let (name, upper) = (self.name, self.name.to_ascii_uppercase());
        let (arena_bytes, alignment) = (self.arena_bytes, self.alignment);
        let libraries = library::comment(&self.model, &format!("{name}.c"));
        let made = if self.image.is_some() { "prepared on the host" } else { "prepared at start" };
        let mut out = format!(
            "/* The model {name}, {made}. Written by `bantam codegen`: do not edit. */
{libraries}
#ifndef {upper}_H
#define {upper}_H

#include \"bantam.h\"

#ifdef __cplusplus
extern \"C\" {{
#endif

/* Bytes of the arena: exactly what the model needs. */
#define {upper}_ARENA_BYTES {arena_bytes}
/* The arena lies at a multiple of so many bytes. */
#define {upper}_ARENA_ALIGNMENT {alignment}
/* Declares an arena. Begin a definition with it: {upper}_ARENA(static, arena); */
#define {upper}_ARENA(storage, name) \\
  BANTAM_ALIGN({upper}_ARENA_ALIGNMENT) storage uint8_t name[{upper}_ARENA_BYTES]

/* The model in memory of the caller's, which stays where it is. */
typedef struct {name} {{
  bantam_interpreter interpreter;
}} {name}_t;

/* Makes the model ready to run. The arena stays; error may be null. */
bantam_status {name}_init({name}_t *{name}, uint8_t (*arena)[{upper}_ARENA_BYTES],
                          bantam_error *error);

/* Runs the model once; error may be null. */
static inline bantam_status {name}_invoke({name}_t *{name}, bantam_error *error) {{
  return bantam_invoke(&{name}->interpreter, error);
}}

/* Runs the next node: BANTAM_MORE while some are left. */
static inline bantam_status {name}_step({name}_t *{name}, bantam_error *error) {{
  return bantam_step(&{name}->interpreter, error);
}}

/* Brings all state back to its beginning. */
static inline bantam_status {name}_reset({name}_t *{name}, bantam_error *error) {{
  return bantam_reset(&{name}->interpreter, error);
}}
"
        );
        if let Some(graph) = self.model.subgraph(0) {
            for (at, index) in graph.inputs().iter().enumerate() {
                if let Some(tensor) = graph.tensor(index as u32) {
                    self.port(&mut out, &format!("input{at}"), &tensor);
                    accessor(&mut out, name, ("input", at, ""), &tensor);
                }
            }
            for (at, index) in graph.outputs().iter().enumerate() {
                if let Some(tensor) = graph.tensor(index as u32) {
                    self.port(&mut out, &format!("output{at}"), &tensor);
                    accessor(&mut out, name, ("output", at, "const "), &tensor);
                }
            }
        }
        out + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n"
    }

    /// Writes what an input or output is.
    fn port(&self, out: &mut String, port: &str, tensor: &Tensor<'_>) {
        let macro_name = format!("{}_{}", self.name, port).to_ascii_uppercase();
        let dims: Vec<i32> = tensor.shape().iter().collect();
        let elements = dims.iter().fold(1_u64, |all, &dim| all.saturating_mul(dim.max(0) as u64));
        let bits = tensor.tensor_type().bits().unwrap_or(0);
        let bytes = elements.saturating_mul(bits.into()).div_ceil(8);
        let len = if element(tensor.tensor_type()).is_some() { elements } else { bytes };
        let list = dims.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
        let shape = if dims.is_empty() { "0".to_owned() } else { list.clone() };
        let type_name = tensor.tensor_type().name().unwrap_or("?");
        let called = tensor.name().map(comment).unwrap_or_default();
        let lines = format!(
            "\n/* {}: {called} [{list}] of {type_name} */\n#define {macro_name}_TYPE {}\n\
             #define {macro_name}_RANK {}\n#define {macro_name}_DIMS {{{shape}}}\n\
             #define {macro_name}_LEN {len}\n#define {macro_name}_BYTES {bytes}\n",
            if port.starts_with("input") { "Input" } else { "Output" },
            tensor.tensor_type().0,
            dims.len(),
        );
        out.push_str(&lines);
        let quantization = tensor.quantization();
        if let Some(scale) = quantization.and_then(|q| q.scale().get(0)) {
            let zero_point = quantization.and_then(|q| q.zero_point().get(0)).unwrap_or(0);
            // All digits that tell the value from its neighbours.
            let lines = format!(
                "#define {macro_name}_SCALE {scale:e}f\n\
                 #define {macro_name}_ZERO_POINT ({zero_point})\n"
            );
            out.push_str(&lines);
        }
    }

    fn source(&self) -> String {
        let Self { name, model, image, lean, operators, .. } = self;
        let upper = name.to_ascii_uppercase();
        let mut out = format!(
            "/* The model {name}. Written by `bantam codegen`: do not edit. */\n#include \"{name}.h\"\n"
        );
        if lean.is_some() {
            out += "\n/* What the device reads of the model: constants, inputs and outputs. */";
        }
        bytes(&mut out, "model", 16, lean.as_deref().unwrap_or(model.bytes()));
        let (function, arguments) = match image {
            Some(image) => {
                bytes(&mut out, "image", 16, image);
                ("bantam_init_prepared", "model, sizeof model, image, sizeof image")
            }
            None => ("bantam_init", "model, sizeof model"),
        };
        let list: String = operators.iter().map(|operator| format!("  &{operator},\n")).collect();
        let body = format!(
            "\nstatic const bantam_op *const operators[] = {{\n{list}}};\n
bantam_status {name}_init({name}_t *{name}, uint8_t (*arena)[{upper}_ARENA_BYTES],
                          bantam_error *error) {{
  return {function}(&{name}->interpreter, {arguments},
                    operators, sizeof operators / sizeof operators[0],
                    *arena, sizeof *arena, error);
}}
"
        );
        out + &body
    }
}

/// Writes the function that gives an input or output.
fn accessor(
    out: &mut String,
    name: &str,
    (port, at, constant): (&str, usize, &str),
    tensor: &Tensor<'_>,
) {
    let element = element(tensor.tensor_type()).unwrap_or("uint8_t");
    let lines = format!(
        "static inline {constant}{element} *{name}_{port}{at}({constant}{name}_t *{name}) {{\n  \
         return ({constant}{element} *)bantam_{port}(&{name}->interpreter, {at}, NULL);\n}}\n"
    );
    out.push_str(&lines);
}

/// Returns the type of an element; `None` for those that are bytes in C.
fn element(tensor_type: TensorType) -> Option<&'static str> {
    Some(match tensor_type {
        TensorType::FLOAT32 => "float",
        TensorType::FLOAT64 => "double",
        TensorType::BOOL => "bool",
        TensorType::INT8 => "int8_t",
        TensorType::UINT8 => "uint8_t",
        TensorType::INT16 => "int16_t",
        TensorType::UINT16 => "uint16_t",
        TensorType::INT32 => "int32_t",
        TensorType::UINT32 => "uint32_t",
        TensorType::INT64 => "int64_t",
        TensorType::UINT64 => "uint64_t",
        _ => return None,
    })
}

/// Returns a name of the model's that ends no comment.
fn comment(name: &str) -> String {
    let is_harmless = |c: char| c.is_ascii_graphic() && !matches!(c, '*' | '/' | '\\' | '?');
    name.chars().map(|c| if is_harmless(c) { c } else { '_' }).collect()
}

/// Writes an array of bytes.
fn bytes(out: &mut String, name: &str, alignment: u32, bytes: &[u8]) {
    let begin =
        format!("\nBANTAM_ALIGN({alignment}) static const uint8_t {name}[{}] = {{", bytes.len());
    out.push_str(&begin);
    for (at, byte) in bytes.iter().enumerate() {
        out.push_str(if at % 20 == 0 { "\n  " } else { " " });
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte},");
    }
    out.push_str("\n};\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::{Contents, Language, codegen};
    use bantam_schema::BuiltinOperator;
    use bantam_schema::write::{ModelBuilder, TensorSpec};

    /// An audio operator, then one of a single type.
    fn model() -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let mut tensor =
            |name, shape: &[i32]| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, shape));
        let [x, y] = [tensor("*/ evil", &[1, 4]), tensor("y", &[1, 4])];
        graph.operator(BuiltinOperator::RELU, &[x], &[y], bantam_schema::Options::None);
        graph.inputs(&[x]).outputs(&[y]);
        builder.finish()
    }

    fn code(options: Options) -> [String; 2] {
        let bytes = model();
        let model = crate::model::parse(&bytes).unwrap();
        let files = codegen(&model, "net", &Language::C(options)).unwrap();
        let [header, source] = files.try_into().unwrap();
        assert_eq!((&*header.path, &*source.path), ("net.h", "net.c"));
        [header, source].map(|file| match file.contents {
            Contents::Text(text) => text,
            Contents::Binary(_) => panic!("no text"),
        })
    }

    #[test]
    fn ports_are_typed_and_the_arena_is_exact() {
        let [header, source] = code(Options::default());
        for line in [
            "#define NET_INPUT0_DIMS {1, 4}",
            "#define NET_INPUT0_LEN 4",
            "#define NET_INPUT0_BYTES 16",
            "/* Input: ___evil [1, 4] of FLOAT32 */",
            "static inline const float *net_output0(const net_t *net) {",
            " *   thumbv8m.main-none-eabihf        Cortex-M33, M35P, M55; hard floats",
        ] {
            assert!(header.lines().any(|found| found == line), "{line}\n{header}");
        }
        assert!(source.contains("&BANTAM_RELU_FLOAT32,"), "{source}");
        assert!(source.contains("bantam_init(&net->interpreter, model, sizeof model,"), "{source}");
        let bytes = model();
        let model = crate::model::parse(&bytes).unwrap();
        let ops = bantam_interp::ops::ALL;
        let arena = host::arena_bytes(&model, ops, bantam_interp::Options::default()).unwrap();
        assert!(header.contains(&format!("#define NET_ARENA_BYTES {arena}\n")), "{header}");
    }

    #[test]
    fn a_prepared_model_has_its_image_and_no_code_that_prepares() {
        let [header, source] = code(Options::prepared(true));
        assert!(header.contains("#define NET_ARENA_ALIGNMENT 4\n"), "{header}");
        assert!(source.contains("&BANTAM_RELU_FLOAT32_PREPARED,"), "{source}");
        assert!(source.contains("bantam_init_prepared("), "{source}");
    }

    #[test]
    fn constants_have_the_names_of_the_header() {
        for (name, expected) in [
            ("ops::int8::CONV_2D", "BANTAM_CONV_2D_INT8"),
            ("ops::int8::RESHAPE", "BANTAM_RESHAPE"),
            ("signal::ops::int16::RFFT", "BANTAM_SIGNAL_RFFT_INT16"),
            ("signal::ops::WINDOW", "BANTAM_SIGNAL_WINDOW"),
        ] {
            let choice = Choice::named_of(name, &LISTS).unwrap();
            assert_eq!(constant(&choice, false), expected);
        }
    }
}
