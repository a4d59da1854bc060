//! Memory plans for TensorFlow Lite Micro, proved by TensorFlow Lite Micro itself.
//!
//! Every model is planned, once for the reference kernels and once without overlaps; TFLM then runs
//! the model and the copies. Outputs must be equal bit for bit, and the arena must be as large as
//! was said. The corpus' models of single operators come last: in each of them the output lies as
//! close to the input as the plan dares.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::conformance;
use super::context::{Context, Done};
use crate::{outcome::Outcome, process};

/// Heads that must be reached, in bytes: the models that people know.
const GOALS: &[(&str, u64)] = &[
    ("vww_96_int8", 36_880),
    ("person_detect", 36_880),
    ("kws_ref_model", 9_792),
    ("pretrainedResnet_quant", 33_312),
    ("str_ww_ref_model", 3_840),
    ("micro_speech_quantized", 4_176),
    ("mobilenet_v2_quantized_1x3x224x224", 1_247_616),
];

/// Inferences of a model with random inputs, one after another.
const STEPS: u64 = 3;

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let workspace = &context.workspace;
    let peers = workspace.root.join("benches/peers");
    let folder = workspace.target.join("peers");
    let setup = process::run(Command::new("sh").arg(peers.join("setup.sh")).arg(&folder));
    if let Err(error) = setup {
        return context.missing(format!("no TensorFlow Lite Micro to run: {error}"));
    }
    process::run(process::cargo().args(["build", "--release", "--package", "bantam-cli"]))?;
    let proof = Proof {
        bantam: workspace.target.join("release/bantam"),
        python: folder.join("bin/python"),
        script: peers.join("tflm_plans.py"),
        folder: workspace.target.join("tflm-plans"),
    };
    let mut cases = vec![Case {
        name: "digits".into(),
        model: workspace.root.join("examples/digits/digits.tflite"),
        whole: true,
        inputs: Vec::new(),
        steps: STEPS,
    }];
    match conformance::corpus(&workspace.root) {
        Some(corpus) => cases.extend(corpus_cases(&corpus.join("public"))?),
        None => println!("no corpus: only the model of the example is planned"),
    }
    proof.prove(&cases)?;
    Ok(Done::Passed)
}

/// A model to plan and run.
struct Case {
    name: String,
    model: PathBuf,
    /// A whole model, with a line in the table, and not one operator.
    whole: bool,
    /// Files of inputs; without any, random numbers.
    inputs: Vec<PathBuf>,
    steps: u64,
}

/// Returns the models of the corpus that TFLM runs.
fn corpus_cases(public: &Path) -> Outcome<Vec<Case>> {
    let mut cases = Vec::new();
    for manifest in ["models/manifest.jsonl", "manifest.jsonl"] {
        for line in fs::read_to_string(public.join(manifest))?.lines() {
            let entry: Value = serde_json::from_str(line)?;
            let Some(name) = entry["case"].as_str().filter(|_| entry["expect"] == "ok") else {
                continue;
            };
            let folder = public.join(name);
            let whole = name.strip_prefix("models/");
            let inputs = entry["inputs"].as_array().map_or(0, Vec::len);
            cases.push(Case {
                name: whole.unwrap_or(name).to_owned(),
                model: folder.join("model.tflite"),
                whole: whole.is_some(),
                inputs: match whole {
                    Some(_) => Vec::new(),
                    None => (0..inputs).map(|i| folder.join(format!("input_{i}.bin"))).collect(),
                },
                steps: if whole.is_some() { STEPS } else { entry["steps"].as_u64().unwrap_or(1) },
            });
        }
    }
    Ok(cases)
}

/// The programs, and where the copies go.
struct Proof {
    bantam: PathBuf,
    python: PathBuf,
    script: PathBuf,
    folder: PathBuf,
}

/// A model and its copies, with the command's reports on them.
struct Planned<'c> {
    case: &'c Case,
    files: Vec<PathBuf>,
    /// The head that TFLM needs without a plan, then those of the copies.
    heads: Vec<u64>,
    /// Operators with an output over an input in the first copy.
    overlapping: Vec<String>,
}

impl Proof {
    fn prove(&self, cases: &[Case]) -> Outcome {
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(&self.folder)?;
        let mut refused = BTreeMap::<String, usize>::new();
        let mut planned = Vec::new();
        for case in cases {
            match self.plan(case)? {
                Ok(plan) => planned.push(plan),
                Err(reason) => *refused.entry(reason).or_default() += 1,
            }
        }
        let results = self.run(&planned)?;
        let verdict = Verdict::new(&planned, &results)?;
        fs::remove_dir_all(&self.folder)?;
        println!("{}", verdict.table);
        for (reason, count) in refused {
            println!("{count} not planned: {reason}");
        }
        let overlapping = verdict.overlapping.iter().map(|(name, count)| format!("{name} {count}"));
        println!("outputs over inputs: {}", overlapping.collect::<Vec<_>>().join(", "));
        println!("{}", verdict.summary);
        match verdict.faults.as_slice() {
            [] => Ok(()),
            faults => Err(faults.join("\n").into()),
        }
    }

    /// Plans a model; `Err` with the reason if the command refuses.
    fn plan<'c>(&self, case: &'c Case) -> Outcome<Result<Planned<'c>, String>> {
        let runtimes: &[&str] = if case.whole { &["tflm", "tflm-disjoint"] } else { &["tflm"] };
        let mut plan = Planned {
            case,
            files: vec![case.model.clone()],
            heads: Vec::new(),
            overlapping: Vec::new(),
        };
        for runtime in runtimes {
            let name = format!("{}.{runtime}.tflite", case.name.replace('/', "-"));
            let file = self.folder.join(name);
            let done = Command::new(&self.bantam)
                .args(["plan", "--json", "--for", runtime, "--output"])
                .arg(&file)
                .arg(&case.model)
                .output()?;
            if !done.status.success() {
                let error = String::from_utf8_lossy(&done.stderr);
                let reason = error.trim().rsplit(": ").next().unwrap_or_default();
                return Ok(Err(reason.to_owned()));
            }
            let report: Value = serde_json::from_slice(&done.stdout)?;
            let number = |key: &str| report[key].as_u64().ok_or_else(|| format!("no `{key}`"));
            if plan.heads.is_empty() {
                plan.heads.push(number("tflm_head_bytes")?);
                let overlaps = report["overlaps"].as_array().into_iter().flatten();
                let operators = overlaps.filter_map(|overlap| overlap["operator"].as_str());
                plan.overlapping = operators.map(str::to_owned).collect();
            }
            plan.heads.push(number("head_bytes")?);
            plan.files.push(file);
        }
        Ok(Ok(plan))
    }

    /// Runs all in one process of TFLM: a result each.
    fn run(&self, planned: &[Planned<'_>]) -> Outcome<Vec<Value>> {
        let mut child = Command::new(&self.python)
            .arg(&self.script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = String::new();
        for plan in planned {
            let bytes = fs::metadata(&plan.case.model)?.len();
            let line = json!({
                "name": plan.case.name,
                "models": plan.files,
                // Twice the head: there is more in it while TFLM plans. The persistent part grows
                // with the file.
                "arena": 2 * plan.heads.first().unwrap_or(&0) + 4 * bytes + (1 << 20),
                "steps": plan.case.steps,
                "inputs": plan.case.inputs,
            });
            writeln!(lines, "{line}")?;
        }
        let mut stdin = child.stdin.take().ok_or("no standard input")?;
        let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
        let done = child.wait_with_output()?;
        writer.join().map_err(|_| "the writer of cases failed")??;
        if !done.status.success() {
            return Err(format!("{} ended with {}", self.script.display(), done.status).into());
        }
        let text = String::from_utf8(done.stdout)?;
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

/// The result of the runs.
#[derive(Default)]
struct Verdict {
    table: String,
    /// In how many nodes of each operator an output lay over an input.
    overlapping: BTreeMap<String, usize>,
    summary: String,
    faults: Vec<String>,
}

impl Verdict {
    fn new(planned: &[Planned<'_>], results: &[Value]) -> Outcome<Self> {
        if planned.len() != results.len() {
            return Err("TFLM did not run all models".into());
        }
        let mut verdict = Self::default();
        verdict.table.push_str(
            "| model | TFLM | planned, disjoint | planned | TFLM runs it in | less |\n\
             |---|--:|--:|--:|--:|--:|\n",
        );
        let (mut proved, mut smaller, mut unable) = (0, 0, 0);
        for (plan, result) in planned.iter().zip(results) {
            if result["error"].is_string() {
                unable += 1;
                continue;
            }
            verdict.judge(plan, result);
            for operator in &plan.overlapping {
                *verdict.overlapping.entry(operator.clone()).or_default() += 1;
            }
            proved += 1;
            smaller += usize::from(plan.heads.get(1) < plan.heads.first());
        }
        for (name, goal) in GOALS {
            let found = planned.iter().find(|plan| plan.case.name == *name);
            if found.is_some_and(|plan| plan.heads.get(1).is_none_or(|head| head > goal)) {
                verdict.faults.push(format!("{name}: more than {goal} bytes"));
            }
        }
        verdict.summary = format!(
            "{proved} models with equal outputs and the heads that were said, {smaller} of them smaller; \
             {unable} that TFLM does not run"
        );
        Ok(verdict)
    }

    /// One model: its faults, and its line if it is a whole one.
    fn judge(&mut self, plan: &Planned<'_>, result: &Value) {
        let name = &plan.case.name;
        let heads: Vec<Option<u64>> =
            (0..plan.files.len()).map(|i| result["heads"][i].as_u64()).collect();
        for (i, (said, head)) in plan.heads.iter().zip(&heads).enumerate() {
            if Some(*said) != *head {
                self.faults.push(format!("{name}: head {i} is {head:?} and not {said}"));
            }
        }
        if plan.heads.iter().any(|head| Some(head) > plan.heads.first()) {
            self.faults.push(format!("{name}: larger than before"));
        }
        for i in 1..plan.files.len() {
            if result["equal"][i - 1] != true {
                self.faults.push(format!("{name}: outputs of copy {i} differ"));
            }
        }
        if let ([before, after, disjoint], true) = (plan.heads.as_slice(), plan.case.whole) {
            let measured = heads.get(1).copied().flatten().unwrap_or(0);
            let less = 100.0 - 100.0 * measured as f64 / (*before).max(1) as f64;
            self.table += &format!(
                "| {name} | {before} | {disjoint} | {after} | {measured} | {less:.0} % |\n"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(case: &Case) -> Planned<'_> {
        Planned {
            case,
            files: vec![PathBuf::new(); 3],
            heads: vec![100, 50, 80],
            overlapping: Vec::new(),
        }
    }

    fn case() -> Case {
        let (model, inputs) = (PathBuf::new(), Vec::new());
        Case { name: "m".into(), model, whole: true, inputs, steps: 1 }
    }

    fn faults(result: Value) -> Vec<String> {
        Verdict::new(&[planned(&case())], &[result]).unwrap().faults
    }

    #[test]
    fn what_differs_is_a_fault() {
        let fine = json!({ "name": "m", "heads": [100, 50, 80], "equal": [true, true] });
        let verdict = Verdict::new(&[planned(&case())], &[fine]).unwrap();
        assert_eq!(verdict.faults, [""; 0]);
        assert!(verdict.table.ends_with("| m | 100 | 80 | 50 | 50 | 50 % |\n"));
        let larger = json!({ "heads": [100, 51, 80], "equal": [true, true] });
        assert_eq!(faults(larger), ["m: head 1 is Some(51) and not 50"]);
        let other = json!({ "heads": [100, 50, 80], "equal": [true, false] });
        assert_eq!(faults(other), ["m: outputs of copy 2 differ"]);
        let silent = json!({ "heads": [100, null, 80], "equal": [false, true] });
        assert_eq!(faults(silent).len(), 2);
    }

    #[test]
    fn goals_have_to_be_met() {
        let (name, goal) = GOALS[0];
        let case = Case { name: name.into(), ..case() };
        let plan = Planned { heads: vec![goal + 16, goal + 16, goal + 16], ..planned(&case) };
        let result = json!({ "heads": plan.heads, "equal": [true, true] });
        assert_eq!(Verdict::new(&[plan], &[result]).unwrap().faults.len(), 1);
    }
}
