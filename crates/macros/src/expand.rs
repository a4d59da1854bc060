//! Writes the code of the type for a model file.

use std::path::{Path, PathBuf};
use std::{env, fs};

use bantam_interp::Sharing;
use bantam_interp::host::{self, Choice, Effort, Isa, Lean, Prepared, Request};
#[cfg(not(feature = "signal"))]
use bantam_interp::{host::LISTS, ops::ALL as EVERY};
use bantam_schema::Model;
#[cfg(feature = "signal")]
use bantam_signal_ops::{EVERY, LISTS};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, LitStr, Token, Visibility};

/// `#[doc = ""] pub Name, "path"`.
struct Input {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    path: LitStr,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let (visibility, name) = (input.parse()?, input.parse()?);
        input.parse::<Token![,]>()?;
        let path = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() {
            Ok(Self { attributes, visibility, name, path })
        } else {
            Err(input.error("expected a name and the path of a model, and nothing else"))
        }
    }
}

pub(crate) fn model(input: TokenStream) -> syn::Result<TokenStream> {
    let input: Input = syn::parse2(input)?;
    let file = absolute(&input.path.value());
    let shown = file.display().to_string();
    let error =
        |why: &dyn std::fmt::Display| Error::new(input.path.span(), format!("{shown}: {why}"));
    let given = fs::read(&file).map_err(|why| error(&why))?;
    let model = Model::parse(&given).map_err(|why| error(&why))?;
    // A model that cannot be copied without loss stays as it is.
    let simplified = host::simplify(&model, EVERY).ok();
    let simplified = simplified.filter(|simplified| !simplified.is_unchanged());
    let bytes = simplified.as_ref().map_or(&given, |simplified| &simplified.file);
    let model = Model::parse(bytes).map_err(|why| error(&why))?;
    let refused = |why: bantam_interp::Error| {
        let faults = host::explain(&model, EVERY, &why);
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        error(&lines.join("\n"))
    };
    let choices = host::operators_of(&model, &LISTS).map_err(refused)?;
    let ops: Vec<_> = choices.iter().map(|choice| choice.op).collect();
    let effort = Effort::Exact(Request::for_model(&model).search);
    let prepare = |isa| {
        let prepared =
            host::prepare_for(&model, &ops, Sharing::default(), effort, isa, &mut |_| {});
        let prepared = prepared.map_err(refused)?;
        // What the device reads of the model is less than the file.
        Ok::<_, Error>(match host::lean(&model, &prepared, &ops).ok().flatten() {
            Some(Lean { file, prepared, .. }) => (Some(file), prepared),
            None => (None, prepared),
        })
    };
    // Only the compiler of the program knows whether its kernels read what the second one has.
    let ((lean, any), (lean_packed, packed)) = (prepare(Isa::Any)?, prepare(Isa::Dsp)?);
    let has_same_arena = any.unaligned_arena_bytes() == packed.unaligned_arena_bytes()
        && any.overlay_bytes == packed.overlay_bytes
        && lean.is_some() == lean_packed.is_some();
    let packed = (has_same_arena && any.image != packed.image).then_some(Packed {
        image: packed.image,
        file: lean_packed.filter(|file| lean.as_ref() != Some(file)),
    });
    let written = lean.or(simplified.map(|simplified| simplified.file));
    Ok(type_of(&input, (&file, written.as_deref()), &choices, &any, packed.as_ref()))
}

/// Returns the absolute path; relative ones begin in the folder of the package's `Cargo.toml`.
fn absolute(path: &str) -> PathBuf {
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => Path::new(&folder).join(path),
        None => PathBuf::from(path),
    }
}

/// What programs with loops for the DSP extension embed.
struct Packed {
    image: Vec<u8>,
    /// The file that belongs to the image, if it is another one.
    file: Option<Vec<u8>>,
}

/// Returns the code for a model in a file, and for what is embedded instead, if it is another one;
/// `packed` is for cores with the DSP extension, if they have another image.
fn type_of(
    input: &Input,
    (file, written): (&Path, Option<&[u8]>),
    choices: &[Choice],
    prepared: &Prepared,
    packed: Option<&Packed>,
) -> TokenStream {
    let Input { attributes, visibility, name, path } = input;
    let doc = format!("The model `{}`, prepared when this was compiled.", path.value());
    let arena_bytes = Literal::usize_unsuffixed(prepared.unaligned_arena_bytes() as usize);
    let [variables, overlay] = [prepared.variable_bytes, prepared.overlay_bytes];
    let ops = choices.iter().map(op_path);
    let file = LitStr::new(&file.to_string_lossy(), path.span());
    let chosen = |packed: Option<&[u8]>, other: TokenStream| match packed.map(aligned) {
        Some(packed) => {
            quote!(if ::bantam::kernels::PACKED_FILTERS { #packed } else { #other })
        }
        None => other,
    };
    let image = chosen(packed.map(|packed| &*packed.image), aligned(&prepared.image));
    let model = match written {
        // The compiler looks at the file again when it changes.
        Some(bytes) => {
            let packed = packed.and_then(|packed| packed.file.as_deref());
            let bytes = chosen(packed, aligned(bytes));
            quote!({ const _: &[u8] = ::core::include_bytes!(#file); #bytes })
        }
        None => quote!(::bantam::include_model!(#file)),
    };
    quote! {
        #[doc = #doc]
        #[allow(dead_code, reason = "some programs make it, others add it to a shared arena")]
        #(#attributes)*
        #visibility struct #name<'a>(::bantam::Interpreter<'a>);

        #[allow(dead_code, reason = "not every program has a shared arena")]
        impl #name<'_> {
            /// Bytes of activations and variables: all that it needs, at any address.
            #visibility const ARENA_BYTES: usize = #arena_bytes;
            /// What it takes of an arena that it shares.
            #visibility const SHARE: ::bantam::Share =
                ::bantam::Share::prepared(#variables, #overlay);
            /// The operators that the model uses.
            #visibility const OPS: &'static [::bantam::Op] = &[#(#ops.prepared()),*];
            /// What the image needs of the model: constants, inputs and outputs.
            #visibility const MODEL: &'static [u8] = #model;
            /// The prepared image, with constants for the loops that the program has.
            #visibility const IMAGE: &'static [u8] = #image;
        }

        #[allow(dead_code, reason = "a program makes it or adds it")]
        impl<'a> #name<'a> {
            /// Adds the model to an arena that others share: see [`SHARE`](Self::SHARE).
            ///
            /// # Errors
            ///
            /// `OutOfMemory` if the arena is too small for it and those before it.
            #visibility fn add_to(
                arena: &mut ::bantam::SharedArena<'a>,
            ) -> ::core::result::Result<::bantam::Resident<'a>, ::bantam::interp::Error> {
                let model = ::bantam::Model::unchecked(#name::MODEL)
                    .ok_or(::bantam::interp::Error::InvalidImage(::bantam::ImageFault::Model))?;
                arena.add_prepared(&model, #name::IMAGE, #name::OPS)
            }

            /// Makes the model, ready to run in `arena`, whose contents do not matter.
            ///
            /// # Errors
            ///
            /// None, as long as the memory that holds the program is intact.
            #visibility fn new(
                arena: &'a mut [u8; #arena_bytes],
            ) -> ::core::result::Result<Self, ::bantam::interp::Error> {
                static OPS: &[::bantam::Op] = #name::OPS;
                let model = ::bantam::Model::unchecked(#name::MODEL)
                    .ok_or(::bantam::interp::Error::InvalidImage(::bantam::ImageFault::Model))?;
                ::bantam::Interpreter::from_prepared(&model, #name::IMAGE, OPS, arena).map(Self)
            }
        }

        impl<'a> ::core::ops::Deref for #name<'a> {
            type Target = ::bantam::Interpreter<'a>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl ::core::ops::DerefMut for #name<'_> {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }

        impl ::core::fmt::Debug for #name<'_> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.0, f)
            }
        }
    }
}

/// Returns an expression of bytes at a multiple of 16.
fn aligned(bytes: &[u8]) -> TokenStream {
    let (len, bytes) = (Literal::usize_unsuffixed(bytes.len()), Literal::byte_string(bytes));
    quote!({
        #[repr(C, align(16))]
        struct Aligned([u8; #len]);
        static BYTES: Aligned = Aligned(*#bytes);
        &BYTES.0
    })
}

/// Returns a path such as `::bantam::ops::int8::CONV_2D`.
fn op_path(choice: &Choice) -> TokenStream {
    let path = choice.path();
    let parts = path.split("::").map(|part| format_ident!("{part}"));
    quote!(::bantam #(::#parts)*)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{BuiltinOperator, Options, TensorType};

    /// Returns a file of that name with a model of one node; its path.
    fn file(
        name: &str,
        operator: Result<BuiltinOperator, &str>,
        tensor_type: TensorType,
    ) -> String {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y] = ["x", "y"].map(|name| graph.tensor(TensorSpec::new(name, tensor_type, &[3])));
        match operator {
            Ok(builtin) => graph.operator(builtin, &[x], &[y], Options::None),
            Err(custom) => graph.custom(custom, &[x], &[y], &[]),
        };
        graph.inputs(&[x]).outputs(&[y]);
        write(name, &builder.finish())
    }

    fn write(name: &str, bytes: &[u8]) -> String {
        let path = env::temp_dir().join(format!("bantam-macros-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    }

    fn expanded(path: &str) -> String {
        model(quote!(pub(crate) Net, #path)).unwrap().to_string()
    }

    fn refused(path: &str) -> String {
        model(quote!(Net, #path)).unwrap_err().to_string()
    }

    #[test]
    fn a_model_becomes_a_type() {
        let path = file("good", Ok(BuiltinOperator::RELU), TensorType::FLOAT32);
        let code = expanded(&path);
        fs::remove_file(path).unwrap();
        assert!(code.contains("pub (crate) struct Net <"), "{code}");
        // Floats need an alignment of 4: three more bytes reach it from anywhere.
        assert!(code.contains("ARENA_BYTES : usize = 19 ;"), "{code}");
        assert!(code.contains(":: RELU . prepared ()"), "{code}");
    }

    #[test]
    fn a_model_is_simplified_first() {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[3]));
        let shape = graph.tensor(TensorSpec::new("shape", TensorType::INT32, &[1]));
        let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[3]));
        graph.operator(BuiltinOperator::SHAPE, &[x], &[shape], Options::None);
        graph.operator(BuiltinOperator::RESHAPE, &[x, shape], &[y], Options::None);
        graph.inputs(&[x]).outputs(&[y]);
        let path = write("simplified", &builder.finish());
        let code = expanded(&path);
        fs::remove_file(&path).unwrap();
        assert!(code.contains(":: RESHAPE . prepared ()"), "{code}");
        assert!(!code.contains(":: SHAPE . prepared ()"), "{code}");
        assert!(code.contains(&format!("include_bytes ! ({path:?})")), "{code}");
        assert!(!code.contains("include_model"), "{code}");
    }

    #[test]
    fn an_image_is_chosen_where_a_core_reads_more() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        if !examples.is_dir() {
            return; // the crate as the registry has it, without the repository
        }
        let example = |name: &str| {
            expanded(&examples.join(name).join(name).with_extension("tflite").to_string_lossy())
        };
        let choices = |name: &str| {
            example(name).matches("if :: bantam :: kernels :: PACKED_FILTERS {").count()
        };
        // Depthwise convolutions with a window of 3 x 3 may be packed; weights of FULLY_CONNECTED
        // may lie in pairs, in another file.
        assert_eq!(["digits", "sine"].map(choices), [1, 2]);
    }

    #[cfg(feature = "signal")]
    #[test]
    fn operators_of_the_signal_library_are_known() {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y] =
            ["x", "y"].map(|name| graph.tensor(TensorSpec::new(name, TensorType::INT16, &[3])));
        let bits = graph.tensor(TensorSpec::new("bits", TensorType::INT32, &[]));
        graph.custom("SignalFftAutoScale", &[x], &[y, bits], &[]);
        graph.inputs(&[x]).outputs(&[y, bits]);
        let path = write("signal", &builder.finish());
        let code = expanded(&path);
        fs::remove_file(path).unwrap();
        assert!(code.contains(":: bantam :: signal :: ops ::"), "{code}");
        assert!(code.contains(":: FFT_AUTO_SCALE . prepared ()"), "{code}");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file() {
        assert!(refused("no/such.tflite").contains("no/such.tflite: "));
        let faults = [
            (write("junk", b"junk"), "a file of 4 bytes is not a model"),
            (
                file("custom", Err("Mine"), TensorType::INT8),
                "node 0 (Mine): Mine is a custom operator",
            ),
            (
                file("host", Ok(BuiltinOperator::RFFT2D), TensorType::FLOAT32),
                "node 0 (RFFT2D): RFFT2D is no operator for microcontrollers",
            ),
            (
                file("type", Ok(BuiltinOperator::RELU), TensorType::INT64),
                "node 0 (RELU): tensor 0 \"x\": type is INT64",
            ),
        ];
        for (path, expected) in faults {
            let message = refused(&path);
            fs::remove_file(&path).unwrap();
            assert!(message.starts_with(&path), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn only_a_name_and_a_path_are_taken() {
        for wrong in [quote!(Net), quote!("net.tflite"), quote!(Net, "net.tflite", 3)] {
            assert!(model(wrong).is_err());
        }
    }
}
