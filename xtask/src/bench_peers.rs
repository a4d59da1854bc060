//! `cargo xtask bench-peers`: Bantam's time per inference next to that of TensorFlow Lite Micro.
//!
//! Both run the same model with the same input on one thread of this machine, and both measure
//! that thread's CPU time. They take turns, so that a change of the machine's speed meets both.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::statistics::median;
use crate::workspace::Workspace;
use crate::{outcome::Outcome, process};

/// The models to measure when none is named: MLPerf Tiny, int8 and the float versions.
const MODELS: &str = include_str!("../../benches/models.txt");

/// The command line.
struct Options {
    rounds: usize,
    seconds: f64,
    peers: Option<PathBuf>,
    out: Option<PathBuf>,
    models: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut options =
            Self { rounds: 5, seconds: 1.0, peers: None, out: None, models: Vec::new() };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--rounds" => options.rounds = value()?.parse()?,
                "--seconds" => options.seconds = value()?.parse()?,
                "--peers" => options.peers = Some(value()?.into()),
                "--out" => options.out = Some(value()?.into()),
                flag if flag.starts_with('-') => return Err(format!("no option `{flag}`").into()),
                model => options.models.push(model.to_owned()),
            }
        }
        if options.rounds == 0 {
            return Err("at least one round is needed".into());
        }
        if options.models.is_empty() {
            options.models = MODELS.lines().map(str::to_owned).collect();
        }
        Ok(options)
    }
}

/// Builds the `bantam` command, sets up the rival, measures and reports.
///
/// A model is a file or the name of a folder in the conformance corpus.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = Options::parse(arguments)?;
    let workspace = Workspace::load()?;
    let models = options
        .models
        .iter()
        .map(|name| find(&workspace.root, name))
        .collect::<Outcome<Vec<_>>>()?;

    process::run(process::cargo().args(["build", "--release", "--package", "bantam-cli"]))?;
    let folder = options.peers.clone().unwrap_or_else(|| workspace.target.join("peers"));
    let peers = workspace.root.join("benches/peers");
    process::run(Command::new("sh").arg(peers.join("setup.sh")).arg(&folder))?;

    let contest = Contest {
        bantam: workspace.target.join("release/bantam"),
        python: folder.join("bin/python"),
        script: peers.join("tflm_bench.py"),
        seconds: options.seconds.to_string(),
    };
    let mut rows = Vec::new();
    for (name, file) in &models {
        rows.push(contest.row(name, file, options.rounds)?);
    }
    println!("\n{}", table(&rows));
    println!(
        "Outputs are compared bit for bit; those of float models may differ in the last bits."
    );

    let out = options.out.unwrap_or_else(|| workspace.target.join("bench-peers.json"));
    let contents = json!({ "rounds": options.rounds, "seconds": options.seconds, "models": rows });
    fs::write(&out, format!("{contents:#}\n"))?;
    println!("written to {}", out.display());
    Ok(())
}

/// Returns the model's name and file.
fn find(root: &Path, name: &str) -> Outcome<(String, PathBuf)> {
    let file = Path::new(name);
    if file.is_file() {
        let stem = file.file_stem().unwrap_or(file.as_os_str());
        return Ok((stem.to_string_lossy().into_owned(), file.to_owned()));
    }
    let corpus = env::var_os("BANTAM_CONFORMANCE")
        .map_or_else(|| root.join("../shared/conformance"), PathBuf::from);
    let file = corpus.join("public/models").join(name).join("model.tflite");
    if file.is_file() {
        Ok((name.to_owned(), file))
    } else {
        Err(format!("no model `{name}`: neither a file nor at {}", file.display()).into())
    }
}

/// The two programs, and how long each measures.
struct Contest {
    bantam: PathBuf,
    python: PathBuf,
    script: PathBuf,
    seconds: String,
}

impl Contest {
    /// Measures one model: the turns of both, then the figures.
    fn row(&self, name: &str, file: &Path, rounds: usize) -> Outcome<Value> {
        let size = report(Command::new(&self.bantam).args(["size", "--json"]).arg(file))?;
        let (mut own, mut peer) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            peer.push(report(
                Command::new(&self.python)
                    .arg(&self.script)
                    .args(["--seconds", &self.seconds])
                    .arg(file),
            )?);
            own.push(report(
                Command::new(&self.bantam)
                    .args(["bench", "--json", "--seconds", &self.seconds])
                    .arg(file),
            )?);
        }
        let (own_us, peer_us) = (times(&own)?, times(&peer)?);
        let ratios: Vec<f64> = peer_us.iter().zip(&own_us).map(|(peer, own)| peer / own).collect();
        Ok(json!({
            "model": name,
            "bantam_us": median(&own_us),
            "tflm_us": median(&peer_us),
            "ratio": median(&peer_us) / median(&own_us),
            "ratio_min": ratios.iter().copied().fold(f64::INFINITY, f64::min),
            "ratio_max": ratios.iter().copied().fold(0.0, f64::max),
            "bantam_arena_bytes": size["arena_bytes"],
            "tflm_arena_bytes": peer.first().map(|first| &first["arena_bytes"]),
            "outputs_equal": hash(&own).is_some() && hash(&own) == hash(&peer),
            "bantam_rounds_us": own_us,
            "tflm_rounds_us": peer_us,
        }))
    }
}

/// Runs a program and reads the JSON that it prints.
fn report(command: &mut Command) -> Outcome<Value> {
    Ok(serde_json::from_str(&process::output(command)?)?)
}

fn times(results: &[Value]) -> Outcome<Vec<f64>> {
    results
        .iter()
        .map(|result| result["invoke_us"].as_f64().ok_or_else(|| "no `invoke_us`".into()))
        .collect()
}

fn hash(results: &[Value]) -> Option<&str> {
    results.first()?["output_hash"].as_str()
}

/// Returns the rows in Markdown. TFLM's arena is the one on this host, with 64-bit pointers.
fn table(rows: &[Value]) -> String {
    let mut text = String::from(
        "| model | Bantam (us) | TFLM (us) | faster | rounds | Bantam arena | TFLM arena | outputs |\n\
         |---|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for row in rows {
        let number = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        let outputs = if row["outputs_equal"] == true { "equal" } else { "differ" };
        text += &format!(
            "| {} | {:.2} | {:.2} | {:.2}x | {:.2}-{:.2} | {} | {} | {outputs} |\n",
            row["model"].as_str().unwrap_or_default(),
            number("bantam_us"),
            number("tflm_us"),
            number("ratio"),
            number("ratio_min"),
            number("ratio_max"),
            row["bantam_arena_bytes"],
            row["tflm_arena_bytes"],
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_in_any_order() {
        let words = ["a.tflite", "--rounds", "7", "--seconds", "0.5"].map(str::to_owned);
        let options = Options::parse(&words).unwrap();
        assert_eq!((options.rounds, options.seconds), (7, 0.5));
        assert_eq!(options.models, ["a.tflite"]);
        assert!(Options::parse(&[]).unwrap().models.contains(&"vww_96_int8".to_owned()));
        for wrong in [&["--rounds"][..], &["--rounds", "0"], &["--fast"], &["--seconds", "x"]] {
            let words: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            assert!(Options::parse(&words).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn table_shows_ratio_and_hash_verdict() {
        let row = json!({
            "model": "m", "bantam_us": 2.0, "tflm_us": 13.0, "ratio": 6.5, "ratio_min": 6.0,
            "ratio_max": 7.0, "bantam_arena_bytes": 10, "tflm_arena_bytes": 30,
            "outputs_equal": true,
        });
        let expected = "| m | 2.00 | 13.00 | 6.50x | 6.00-7.00 | 10 | 30 | equal |\n";
        assert!(table(&[row]).ends_with(expected));
    }
}
