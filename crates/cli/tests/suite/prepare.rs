//! `bantam prepare`.
use std::fs;
use std::path::Path;

use crate::common::{command, digits, error_line, example, json, run};
use bantam_interp::host::operators;
use bantam_interp::{Interpreter, Op};
use bantam_schema::Model;

#[repr(align(4))]
struct Aligned([u8; 4096]);

#[test]
fn the_image_runs_with_the_operators_and_the_arena_that_are_printed() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("digits.image");
    let (model, output) = (digits(), path.to_str().unwrap().to_owned());
    let report = json(&mut command(["prepare", model.to_str().unwrap(), "-o", &output, "--json"]));
    let figure = |key: &str| usize::try_from(report[key].as_u64().unwrap()).unwrap();
    let image = fs::read(path).unwrap();
    assert_eq!(figure("image_bytes"), image.len());
    assert_eq!(figure("arena_bytes"), figure("overlay_bytes") + figure("variable_bytes"));
    assert_eq!((figure("alignment"), figure("variable_bytes")), (1, 0));

    let file = fs::read(model).unwrap();
    let model = Model::parse(&file).unwrap();
    let choices = operators(&model).unwrap();
    let paths: Vec<String> = choices.iter().map(|choice| choice.path()).collect();
    assert_eq!(report["operators"], serde_json::json!(paths));
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op.prepared()).collect();
    let mut memory = Aligned([0; 4096]);
    memory.0[..image.len()].copy_from_slice(&image);
    let image = &memory.0[..image.len()];
    let mut arena = vec![0; figure("arena_bytes")];
    let mut interpreter = Interpreter::from_prepared(&model, image, &ops, &mut arena).unwrap();
    let pictures = fs::read(example("test_images.bin")).unwrap();
    let expected = fs::read(example("expected.bin")).unwrap();
    interpreter.input_bytes(0).unwrap().copy_from_slice(&pictures[..64]);
    interpreter.invoke().unwrap();
    assert_eq!(interpreter.output_bytes(0).unwrap(), &expected[..10]);
}

#[test]
fn text_names_the_operators_as_code() {
    let text = run(&mut command(["prepare", digits().to_str().unwrap()])).stdout;
    assert!(text.contains("CONV_2D.prepared(),"), "{text}");
    assert!(text.contains("at any address"), "{text}");
}

#[test]
fn what_is_no_model_is_refused() {
    let labels = example("test_labels.bin");
    let line = error_line(&mut command(["prepare", labels.to_str().unwrap()]));
    assert!(line.contains("test_labels.bin: "), "{line}");
}
