//! Writes the first inputs of the fuzzers that read models: the small models of `bantam-testkit`,
//! one or more for each operator and element type, also with constants as indices of tables.
//!
//! `cargo run --example seeds -- FOLDER` fills `FOLDER/schema_parse`, `FOLDER/interpreter`,
//! `FOLDER/unchecked_model`, and, with calls behind the models, `FOLDER/c_api`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use bantam_arena::ArenaBytes;
use bantam_interp::Interpreter;
use bantam_schema::Model;
use bantam_signal_ops::EVERY;

const MODEL: &str = "../examples/digits/digits.tflite";

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("name a folder for the seeds"));
    };
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join(MODEL);
    let mut seeds = vec![("digits".to_owned(), fs::read(digits)?)];
    let cases = bantam_testkit::seeds().into_iter();
    seeds.extend(cases.map(|(name, file)| (name.replace('/', "_"), file)));
    for target in ["schema_parse", "interpreter", "unchecked_model"] {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (name, file) in &seeds {
            fs::write(folder.join(name), file)?;
        }
    }
    // An arena of 4 KiB, then: write, run, read, in steps, reset, watch.
    let calls = [32, 0, 0, 3, 0, 4, 3, 1, 1, 2, 3, 6, 4, 5, 7, 0];
    let folder_of_calls = folder.join("c_api");
    fs::create_dir_all(&folder_of_calls)?;
    for (name, file) in &seeds {
        fs::write(folder_of_calls.join(name), [&file[..], &calls].concat())?;
    }
    if let Some((name, why)) = seeds.iter().find_map(|(name, file)| Some((name, refusal(file)?))) {
        return Err(io::Error::other(format!("{name}: {why}")));
    }
    println!("{} seeds in {}", seeds.len(), folder.display());
    Ok(())
}

/// Why the model cannot run, if it cannot.
fn refusal(file: &[u8]) -> Option<String> {
    let mut arena = ArenaBytes::<{ 64 << 10 }>::new();
    let model = match Model::parse(file) {
        Ok(model) => model,
        Err(error) => return Some(error.to_string()),
    };
    let made = Interpreter::new(&model, EVERY, &mut arena.0).map(drop);
    made.err().map(|error| error.to_string())
}
