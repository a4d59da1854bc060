//! Reading a conformance corpus: a manifest and a folder per case.

use bantam_schema::Model;
use serde::Deserialize;
use std::path::Path;

/// One line of a manifest.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    /// Folder below the corpus.
    pub(crate) case: String,
    pub(crate) op: String,
    #[serde(default)]
    pub(crate) dtype: String,
    #[serde(default)]
    pub(crate) steps: usize,
    #[serde(default)]
    pub(crate) outputs: Vec<Port>,
    pub(crate) expect: Expect,
    pub(crate) compare: Option<Compare>,
    pub(crate) note: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Port {
    pub(crate) dtype: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expect {
    Ok,
    Error,
}

/// How outputs are compared.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Compare {
    /// `"exact"`.
    Exact(Exact),
    /// Floats may differ by `abs + rel · |want|`.
    Close { abs: f64, rel: f64 },
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum Exact {
    #[serde(rename = "exact")]
    Exact,
}

/// The cases of a manifest.
pub(crate) fn cases(manifest: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(manifest).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Operators whose float kernels call a function of the C library in TFLM: `exp`, `expm1`, `tanh`,
/// `log`, `sin` or `cos`.
const LIBRARY: &[&str] = &[
    "COS",
    "ELU",
    "EXP",
    "LOG",
    "LOGISTIC",
    "LOG_SOFTMAX",
    "SIN",
    "SOFTMAX",
    "TANH",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
];

/// Whether a model has one of them.
fn calls_library(model: &Model<'_>) -> bool {
    model.operator_codes().any(|code| LIBRARY.contains(&code.builtin.to_string().as_str()))
}

impl Case {
    /// Compares an output with what TFLM computed; says where they first differ.
    ///
    /// The corpus allows floats to differ a little. That is honoured where TFLM calls a function of
    /// the C library, whose last bits differ from one library to the other: see
    /// [`calls_library`]. All else must be equal to the bit.
    pub(crate) fn compare(
        &self,
        output: usize,
        model: &Model<'_>,
        got: &[u8],
        want: &[u8],
    ) -> Result<(), String> {
        if got.len() != want.len() {
            return Err(format!(
                "output {output} has {} bytes, expected {}",
                got.len(),
                want.len()
            ));
        }
        let float = self.outputs.get(output).is_some_and(|port| port.dtype == "float32");
        match self.compare {
            Some(Compare::Close { abs, rel }) if float && calls_library(model) => {
                let floats = |bytes: &[u8]| -> Vec<f64> {
                    bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b).into()).collect()
                };
                for (i, (g, w)) in floats(got).into_iter().zip(floats(want)).enumerate() {
                    let same = g == w || g.is_nan() && w.is_nan();
                    let close = (g - w).abs() <= abs + rel * w.abs();
                    if !same && !close {
                        return Err(format!("output {output}[{i}] is {g}, expected {w}"));
                    }
                }
                Ok(())
            }
            // A NaN is a NaN: which one it is depends on the order of factors, which is not C++'s
            // to say.
            _ if float && same_floats(got, want) => Ok(()),
            _ => match got.iter().zip(want).position(|(g, w)| g != w) {
                Some(at) => {
                    let differ = got.iter().zip(want).filter(|(g, w)| g != w).count();
                    Err(format!(
                        "output {output} differs at byte {at}: {} instead of {}, {differ} of {} bytes",
                        got[at],
                        want[at],
                        want.len()
                    ))
                }
                None => Ok(()),
            },
        }
    }
}

/// Whether floats are equal to the bit, or no numbers.
fn same_floats(got: &[u8], want: &[u8]) -> bool {
    let floats = |bytes: &[u8]| -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    };
    let same = |(g, w): (&f32, &f32)| g.to_bits() == w.to_bits() || g.is_nan() && w.is_nan();
    floats(got).iter().zip(&floats(want)).all(same)
}
