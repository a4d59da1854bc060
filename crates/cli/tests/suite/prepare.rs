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
fn a_lean_file_and_its_image_belong_together() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let [image, lean] = ["lean.image", "lean.model"].map(|name| folder.join(name));
    let [image, lean] = [&image, &lean].map(|path| path.to_str().unwrap());
    let given = digits();
    let arguments = ["prepare", given.to_str().unwrap(), "-o", image, "--lean", lean, "--json"];
    let report = json(&mut command(arguments));
    let [image, lean, given] = [image.as_ref(), lean.as_ref(), given.as_path()].map(fs::read);
    let (image, lean, given) = (image.unwrap(), lean.unwrap(), given.unwrap());
    assert_eq!(report["lean_bytes"], lean.len());
    assert!(lean.len() < given.len() * 9 / 10, "{} of {} bytes", lean.len(), given.len());

    let choices = operators(&Model::parse(&given).unwrap()).unwrap();
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op.prepared()).collect();
    let mut memory = Aligned([0; 4096]);
    memory.0[..image.len()].copy_from_slice(&image);
    let image = &memory.0[..image.len()];
    let arena = || vec![0; usize::try_from(report["arena_bytes"].as_u64().unwrap()).unwrap()];
    let answer = |file: &[u8]| {
        let (model, mut arena) = (Model::parse(file).unwrap(), arena());
        let mut interpreter = Interpreter::from_prepared(&model, image, &ops, &mut arena)?;
        let pictures = fs::read(example("test_images.bin")).unwrap();
        interpreter.input_bytes(0).unwrap().copy_from_slice(&pictures[..64]);
        interpreter.invoke().unwrap();
        Ok::<_, bantam_interp::Error>(interpreter.output_bytes(0).unwrap().to_vec())
    };
    assert_eq!(answer(&lean).unwrap(), fs::read(example("expected.bin")).unwrap()[..10]);
    let refused = answer(&given).unwrap_err();
    assert_eq!(refused, bantam_interp::Error::InvalidImage(bantam_interp::ImageFault::Model));
}

#[test]
fn a_target_has_its_features() {
    let given = digits();
    let prepare = |target| command(["prepare", given.to_str().unwrap(), "--target", target]);
    let text = run(&mut prepare("thumbv8m.main-none-eabihf")).stdout;
    assert!(text.contains("feature dsp of bantam: faster loops for Cortex-M4, M7"), "{text}");
    assert!(text.contains("feature mve of bantam: faster loops for Cortex-M52"), "{text}");
    let text = run(&mut prepare("thumbv7m-none-eabi")).stdout;
    assert!(text.contains("no feature has loops for this target"), "{text}");
    let report = json(prepare("thumbv7em-none-eabihf").arg("--json"));
    assert_eq!(
        (&report["features"][0]["name"], &report["feature"]),
        (&"dsp".into(), &"dsp".into())
    );
    let bytes = |report: &serde_json::Value| report["image_bytes"].as_u64().unwrap();
    let any = json(prepare("riscv32imc-unknown-none-elf").arg("--json"));
    // The filters of its depthwise convolution once more, as these loops want them.
    assert!(bytes(&report) > bytes(&any));
    let named = json(prepare("thumbv8m.main-none-eabihf").args(["--feature", "dsp", "--json"]));
    assert_eq!(bytes(&named), bytes(&report));
    let refused = run(prepare("thumbv7em-none-eabihf").args(["--feature", "mve"]));
    assert_eq!(refused.code, 2);
    let needed = "the feature mve has no loops for thumbv7em-none-eabihf: name dsp";
    assert!(refused.stderr.contains(needed), "{}", refused.stderr);
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
