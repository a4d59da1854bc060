//! Writes the first inputs of the fuzzers that read models: a small one for each operator and
//! element type.
//!
//! `cargo run --example seeds -- FOLDER` fills `FOLDER/schema_parse`, `FOLDER/interpreter` and
//! `FOLDER/unchecked_model`. An operator that nobody has written yet does no harm: its model is
//! refused, and waits.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use bantam_arena::ArenaBytes;
use bantam_interp::{Interpreter, ops};
use bantam_schema::Model;

const MODEL: &str = "../examples/digits/digits.tflite";

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("name a folder for the seeds"));
    };
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join(MODEL);
    let mut seeds = vec![("digits".to_owned(), fs::read(digits)?)];
    for (number, case) in bantam_fuzz::cases().iter().enumerate() {
        let name = case.operator.name().unwrap_or("operator");
        seeds.push((format!("{name}_{number}"), case.file()));
    }
    for target in ["schema_parse", "interpreter", "unchecked_model"] {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (name, file) in &seeds {
            fs::write(folder.join(name), file)?;
        }
    }
    let ready = seeds.iter().filter(|(name, file)| runs(name, file)).count();
    println!("{} seeds in {}, of which {ready} can run", seeds.len(), folder.display());
    Ok(())
}

/// Whether the model can be run; if not, says why.
fn runs(name: &str, file: &[u8]) -> bool {
    let mut arena = ArenaBytes::<{ 64 << 10 }>::new();
    let refused = match Model::parse(file) {
        Ok(model) => match Interpreter::new(&model, ops::ALL, &mut arena.0) {
            Ok(_) => return true,
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    println!("{name}: {refused}");
    false
}
