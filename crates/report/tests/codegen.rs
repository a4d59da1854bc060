//! Generated code has what a device reads.

use std::fs;
use std::path::Path;

use bantam_interp::host::{Isa, operators};
use bantam_interp::{Interpreter, Op};
use bantam_report::codegen::{Contents, Language, c};
use bantam_schema::Model;

/// Memory for an image.
#[repr(align(4))]
struct Aligned([u8; 4096]);

#[test]
fn a_prepared_model_in_c_leaves_out_what_only_preparing_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/digits");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let (given, pictures, expected) =
        (read("digits.tflite"), read("test_images.bin"), read("expected.bin"));
    let model = Model::parse(&given).unwrap();
    let source = |prepared, isa| {
        let language = Language::C(c::Options::prepared(prepared).with_isa(isa));
        let files = bantam_report::codegen(&model, "digits", &language).unwrap();
        match &files[1].contents {
            Contents::Text(text) => text.clone(),
            Contents::Binary(_) => panic!("no text"),
        }
    };
    let array = |source: &str, name: &str| -> Vec<u8> {
        let (_, rest) = source.split_once(&format!("uint8_t {name}[")).unwrap();
        let (_, rest) = rest.split_once('{').unwrap();
        let (list, _) = rest.split_once('}').unwrap();
        list.split(',').filter_map(|byte| byte.trim().parse().ok()).collect()
    };
    assert_eq!(array(&source(false, Isa::Any), "model"), given);

    let prepared = source(true, Isa::Any);
    let (file, image) = (array(&prepared, "model"), array(&prepared, "image"));
    assert!(file.len() < given.len() * 9 / 10, "{} of {} bytes", file.len(), given.len());
    let mut memory = Aligned([0; 4096]);
    memory.0[..image.len()].copy_from_slice(&image);
    let choices = operators(&model).unwrap();
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op.prepared()).collect();
    let (lean, mut arena) = (Model::parse(&file).unwrap(), [0; 4096]);
    let image = &memory.0[..image.len()];
    let mut interpreter = Interpreter::from_prepared(&lean, image, &ops, &mut arena).unwrap();
    interpreter.input_bytes(0).unwrap().copy_from_slice(&pictures[..64]);
    interpreter.invoke().unwrap();
    assert_eq!(interpreter.output_bytes(0).unwrap(), &expected[..10]);

    let packed = source(true, Isa::Dsp);
    assert_eq!(array(&packed, "model"), file);
    assert!(array(&packed, "image").len() > image.len());
}
