//! `include/bantam.h` is what cbindgen and the lists of operators make of this crate.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use bantam_schema::TensorType;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// What the header begins with.
const BEGIN: &str = "\
/* Bantam: TensorFlow Lite models on microcontrollers. See docs/c.md.
 *
 * Written by `BANTAM_BLESS=1 cargo test -p bantam-c --test header`: do not edit.
 */
#ifndef BANTAM_H
#define BANTAM_H
";

/// What cbindgen cannot know.
fn after_includes() -> String {
    let version: Vec<&str> = env!("CARGO_PKG_VERSION").split('.').collect();
    let [major, minor, patch] = version[..] else { panic!("{version:?}") };
    let mut text = format!(
        "\n#define BANTAM_VERSION_MAJOR {major}\n#define BANTAM_VERSION_MINOR {minor}\n\
         #define BANTAM_VERSION_PATCH {patch}\n\n\
         /* Aligns what follows to a multiple of so many bytes. */\n\
         #if defined(__GNUC__) || defined(__ARMCC_VERSION)\n\
         #define BANTAM_ALIGN(bytes) __attribute__((aligned(bytes)))\n\
         #elif defined(_MSC_VER)\n#define BANTAM_ALIGN(bytes) __declspec(align(bytes))\n\
         #elif defined(__cplusplus)\n#define BANTAM_ALIGN(bytes) alignas(bytes)\n\
         #elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L\n\
         #define BANTAM_ALIGN(bytes) _Alignas(bytes)\n\
         #endif\n\n/* Types of elements: type of bantam_tensor_info. */\n"
    );
    for tensor_type in TensorType::ALL {
        let name = tensor_type.name().unwrap();
        writeln!(text, "#define BANTAM_TYPE_{name} {}", tensor_type.0).unwrap();
    }
    write!(
        text,
        "\n/* A model that is ready to run. Its words belong to the library: do not copy it. */\n\
         typedef struct bantam_interpreter {{\n  uintptr_t words[{}];\n}} bantam_interpreter;\n\n\
         /* An operator: one of the constants at the end of this file, or one that bantam_custom\n \
         * makes. Operator lists have addresses of them. */\n\
         typedef struct bantam_op {{\n  uintptr_t words[{}];\n}} bantam_op;\n\n\
         /* A node that is being prepared. */\n\
         typedef struct bantam_node bantam_node;\n",
        bantam_c::BANTAM_INTERPRETER_WORDS,
        bantam_c::BANTAM_OP_WORDS
    )
    .unwrap();
    text
}

/// The constants of operators.
fn operators() -> String {
    let mut text = String::from(
        "\n/* The operators, for all types; with _INT8, _INT4 (filters of 4 bits), _INT16 or _FLOAT32\n \
         * behind their names for one type, in less code; with _PREPARED behind that for prepared\n \
         * images. What no list names is not linked. */\n\
         #define BANTAM_OPERATOR(name) extern const bantam_op BANTAM_##name, BANTAM_##name##_PREPARED\n\
         #define BANTAM_TYPED_OPERATOR(name) \\\n  BANTAM_OPERATOR(name); \\\n  \
         BANTAM_OPERATOR(name##_INT8); \\\n  BANTAM_OPERATOR(name##_INT4); \\\n  \
         BANTAM_OPERATOR(name##_INT16); \\\n  BANTAM_OPERATOR(name##_FLOAT32)\n\
         #define BANTAM_SIGNAL_OPERATOR(name) \\\n  BANTAM_OPERATOR(name); \\\n  \
         BANTAM_OPERATOR(name##_INT16); \\\n  BANTAM_OPERATOR(name##_INT32); \\\n  \
         BANTAM_OPERATOR(name##_FLOAT32)\n\n\
         #ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
    );
    let mut list = |names: &[(&str, bool)], typed_macro: &str| {
        for (name, typed) in names {
            let name = name.strip_prefix("BANTAM_").unwrap();
            let kind = if *typed { typed_macro } else { "BANTAM_OPERATOR" };
            writeln!(text, "{kind}({name});").unwrap();
        }
    };
    list(bantam_c::NAMES, "BANTAM_TYPED_OPERATOR");
    list(bantam_c::SIGNAL_NAMES, "BANTAM_SIGNAL_OPERATOR");
    text + "\n#ifdef __cplusplus\n}\n#endif\n\n#undef BANTAM_OPERATOR\n\
            #undef BANTAM_TYPED_OPERATOR\n#undef BANTAM_SIGNAL_OPERATOR\n\n#endif\n"
}

fn header() -> String {
    let mut config = cbindgen::Config {
        language: cbindgen::Language::C,
        cpp_compat: true,
        header: Some(BEGIN.to_owned()),
        after_includes: Some(after_includes()),
        trailer: Some(operators()),
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        usize_is_size_t: true,
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"].map(str::to_owned).to_vec(),
        style: cbindgen::Style::Both,
        line_length: 100,
        ..cbindgen::Config::default()
    };
    config.enumeration.enum_class = false;
    config.export.include = ["bantam_port", "bantam_cause"].map(str::to_owned).to_vec();
    config.export.exclude = [
        "bantam_interpreter",
        "bantam_op",
        "bantam_node",
        "BANTAM_OP_WORDS",
        "BANTAM_INTERPRETER_WORDS",
    ]
    .map(str::to_owned)
    .to_vec();
    config.export.rename.insert("type_".to_owned(), "type".to_owned());
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in ["error", "tensor", "custom", "observe", "run", "node", "names"] {
        builder = builder.with_src(sources.join(file).with_extension("rs"));
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    String::from_utf8(text).unwrap().replace(" type_;", " type;")
}

#[test]
fn the_header_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/bantam.h");
    let header = header();
    if env::var_os("BANTAM_BLESS").is_some() {
        fs::write(&path, &header).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == header,
        "include/bantam.h is not up to date: `BANTAM_BLESS=1 cargo test -p bantam-c --test header` \
         writes it"
    );
}
