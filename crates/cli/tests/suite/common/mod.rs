//! Running the command as a user does.
use std::path::PathBuf;
use std::process::{Command, Output};

use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Options, TensorType};

/// Returns the folder of the examples.
pub(crate) fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// Returns the model of the example of digits.
pub(crate) fn digits() -> PathBuf {
    example("digits.tflite")
}

/// Returns a file of the example of digits.
pub(crate) fn example(name: &str) -> PathBuf {
    examples().join("digits").join(name)
}

/// The result of one run of the command.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Returns the command with these arguments.
pub(crate) fn command<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bantam"));
    command.args(arguments).env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    command
}

/// Runs the command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Run {
        code: status.code().unwrap(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Runs the command, which must succeed, and reads its JSON.
pub(crate) fn json(command: &mut Command) -> serde_json::Value {
    let run = run(command);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    serde_json::from_str(&run.stdout).unwrap()
}

/// Runs the command, which must fail with one line on standard error.
pub(crate) fn error_line(command: &mut Command) -> String {
    let run = run(command);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    run.stderr
}

/// Returns a model of four nodes, of which the second runs: two of one kind, and a custom one with
/// a long name.
pub(crate) fn broken() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let spec = |name| TensorSpec::new(name, TensorType::FLOAT32, &[2]);
    let [x, a, b, c, y] = ["x", "a", "b\u{202e}", "c", "y"].map(|name| graph.tensor(spec(name)));
    graph.operator(BuiltinOperator::STABLEHLO_SORT, &[x], &[a], Options::None);
    graph.operator(BuiltinOperator::RELU, &[a], &[b], Options::None);
    graph.operator(BuiltinOperator::STABLEHLO_SORT, &[b], &[c], Options::None);
    graph.custom("an_operator_of_our_own_with_a_name_of_many_letters", &[c], &[y], &[]);
    graph.inputs(&[x]).outputs(&[y]);
    builder.finish()
}
