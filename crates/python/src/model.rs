//! A model: its parts, its needs, its plans.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bantam_interp::host::{self, OwnedInterpreter, Request, Search};
use bantam_interp::plan::KeepAll;
use bantam_interp::{Options, Sharing, cost};
use bantam_report::bench::Clock;
use bantam_report::codegen::{self, Language, rust};
use bantam_report::{bench, model as report, plan, svg, tflm};
use bantam_schema::{Model as File, Subgraph};
use bantam_signal_ops::{EVERY, LISTS};
use bantam_tflm_plan::Effort;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::interpreter::Interpreter;
use crate::{failure, sharing, tensor, work};

/// A `.tflite` file that has been checked.
#[pyclass(frozen, module = "bantam_tflite._core")]
pub(crate) struct Model {
    /// Its name in errors.
    name: String,
    file: Arc<[u8]>,
}

/// The model in a file that was checked before.
fn parsed(file: &[u8]) -> File<'_> {
    File::unchecked(file).unwrap_or(File::NONE)
}

/// The graph that runs.
fn graph(file: &[u8]) -> PyResult<Subgraph<'_>> {
    parsed(file).subgraph(0).ok_or_else(|| failure::value("the model has no subgraph"))
}

impl Model {
    fn failure(&self, error: &bantam_interp::Error) -> PyErr {
        failure::value(failure::of_model(&self.name, &parsed(&self.file), error))
    }
}

#[pymethods]
impl Model {
    #[new]
    fn new(name: String, file: &Bound<'_, PyBytes>) -> PyResult<Self> {
        let file = file.as_bytes();
        report::parse(file).map_err(|error| failure::value(format!("{name}: {error}")))?;
        Ok(Self { name, file: file.into() })
    }

    /// The bytes of the file.
    fn file<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.file)
    }

    /// Bytes of the arena, as `bantam size` prints them.
    fn arena_bytes(&self, py: Python<'_>, sharing_name: &str) -> PyResult<usize> {
        let mut options = Options::default();
        options.sharing = sharing(sharing_name)?;
        let bytes = py.detach(|| host::arena_bytes(&parsed(&self.file), EVERY, options));
        bytes.map_err(|error| self.failure(&error))
    }

    /// Every node that cannot run.
    fn check<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let faults = py.detach(|| host::check(&parsed(&self.file), EVERY));
        let faults = faults.iter().map(|fault| {
            let dict = PyDict::new(py);
            dict.set_item("subgraph", fault.subgraph)?;
            dict.set_item("node", fault.node)?;
            dict.set_item("operator", &fault.operator)?;
            dict.set_item("version", fault.version)?;
            dict.set_item("inputs", &fault.inputs)?;
            dict.set_item("outputs", &fault.outputs)?;
            dict.set_item("tensor", fault.tensor.as_ref().map(|tensor| tensor.index))?;
            dict.set_item("reason", &fault.reason)?;
            dict.set_item("advice", &fault.advice)?;
            dict.set_item("text", fault.to_string())?;
            Ok(dict)
        });
        PyList::new(py, faults.collect::<PyResult<Vec<_>>>()?)
    }

    /// The tensors of the graph.
    fn tensors<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let tensors = graph(&self.file)?.tensors().enumerate();
        tensors.map(|(index, tensor)| tensor::details(py, index, &tensor)).collect()
    }

    /// The indices of the graph's inputs and outputs.
    fn ports(&self) -> PyResult<(Vec<i32>, Vec<i32>)> {
        let graph = graph(&self.file)?;
        Ok((graph.inputs().iter().collect(), graph.outputs().iter().collect()))
    }

    /// The nodes of the graph, with their costs.
    fn operators<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let graph = graph(&self.file)?;
        let bytes_of = |indices: &[i32], constant: bool| -> usize {
            let tensors = indices.iter().filter_map(|&at| graph.tensor(u32::try_from(at).ok()?));
            let wanted = tensors.filter(|tensor| !constant || tensor.is_constant());
            wanted.map(|tensor| tensor::bytes(&tensor)).sum()
        };
        let rows = graph.operators().zip(0_u32..).map(|(operator, index)| {
            let cost = cost::of_node(&parsed(&self.file), 0, index);
            let code = operator.code();
            let name = code.custom.map_or_else(|| code.builtin.to_string(), str::to_owned);
            let inputs: Vec<i32> = operator.inputs().iter().collect();
            let outputs: Vec<i32> = operator.outputs().iter().collect();
            let mut operands: Vec<i32> = inputs.iter().chain(&outputs).copied().collect();
            operands.sort_unstable();
            operands.dedup();
            let dict = PyDict::new(py);
            dict.set_item("index", index)?;
            dict.set_item("name", name)?;
            dict.set_item("inputs", inputs)?;
            dict.set_item("outputs", outputs)?;
            dict.set_item("macs", cost.macs)?;
            dict.set_item("bytes", bytes_of(&operands, false))?;
            dict.set_item("constant_bytes", bytes_of(&operands, true))?;
            Ok(dict)
        });
        rows.collect()
    }

    /// The signatures: name, and the tensors that inputs and outputs of a name are.
    fn signatures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for signature in parsed(&self.file).signatures().filter(|found| found.subgraph() == 0) {
            let (inputs, outputs) = (PyDict::new(py), PyDict::new(py));
            for named in signature.inputs() {
                inputs.set_item(named.name.unwrap_or_default(), named.tensor)?;
            }
            for named in signature.outputs() {
                outputs.set_item(named.name.unwrap_or_default(), named.tensor)?;
            }
            all.set_item(signature.key().unwrap_or_default(), (inputs, outputs))?;
        }
        Ok(all)
    }

    /// An interpreter; one that keeps all tensors shares no memory.
    fn interpreter(
        &self,
        py: Python<'_>,
        sharing_name: &str,
        keep_tensors: bool,
    ) -> PyResult<Interpreter> {
        let mut options = Options::default();
        options.sharing = sharing(sharing_name)?;
        let owned = py.detach(|| {
            let model = parsed(&self.file);
            if keep_tensors {
                OwnedInterpreter::with_planner(&model, EVERY, Sharing::Apart, &mut KeepAll)
            } else {
                OwnedInterpreter::new(&model, EVERY, options)
            }
        });
        Interpreter::new(py, self.name.clone(), owned.map_err(|error| self.failure(&error))?)
    }

    /// Plans the memory: the file with the plan, the memory map as JSON, and its picture.
    #[pyo3(signature = (sharing_name, nodes, threads, reorder, progress))]
    fn plan<'py>(
        &self,
        py: Python<'py>,
        sharing_name: &str,
        nodes: Option<u64>,
        threads: usize,
        reorder: bool,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyBytes>, String, String)> {
        let default = Request::for_model(&parsed(&self.file));
        let search = Search { nodes: nodes.unwrap_or(default.search.nodes), threads };
        let order = default.order.filter(|_| reorder);
        let request = Request { sharing: sharing(sharing_name)?, search, order };
        let (name, file) = (self.name.clone(), Arc::clone(&self.file));
        let (file, json, picture) = work::run(py, progress, move |report| {
            let failure = |error: &dyn Display| format!("{name}: {error}");
            let plan = plan(&parsed(&file), &request, report).map_err(|error| failure(&error))?;
            let json = serde_json::to_string(&plan.map).map_err(|error| failure(&error))?;
            let title = Path::new(&name).file_name().unwrap_or(name.as_ref()).to_string_lossy();
            Ok((plan.file().to_vec(), json, svg(&title, &plan.map)))
        })?;
        Ok((PyBytes::new(py, &file), json, picture))
    }

    /// Prepares an image: its bytes, arena, alignment, and the operators in their order.
    #[pyo3(signature = (sharing_name, nodes, progress))]
    fn prepare<'py>(
        &self,
        py: Python<'py>,
        sharing_name: &str,
        nodes: Option<u64>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyBytes>, u32, u32, Vec<String>)> {
        let search = Request::for_model(&parsed(&self.file)).search;
        let search = Search { nodes: nodes.unwrap_or(search.nodes), ..search };
        let sharing = sharing(sharing_name)?;
        let (name, file) = (self.name.clone(), Arc::clone(&self.file));
        let (prepared, operators) = work::run(py, progress, move |report| {
            let model = parsed(&file);
            let choices = host::operators_of(&model, &LISTS);
            let prepared = choices.and_then(|choices| {
                let ops: Vec<_> = choices.iter().map(|choice| choice.op).collect();
                let image =
                    host::prepare(&model, &ops, sharing, host::Effort::Exact(search), report)?;
                Ok((image, choices.iter().map(host::Choice::path).collect::<Vec<String>>()))
            });
            prepared.map_err(|error| failure::of_model(&name, &model, &error))
        })?;
        let image = PyBytes::new(py, &prepared.image);
        Ok((image, prepared.arena_bytes(), prepared.alignment, operators))
    }

    /// Plans the memory for TensorFlow Lite Micro: the file, and the report as JSON.
    #[pyo3(signature = (disjoint, nodes, threads))]
    fn plan_for_tflm<'py>(
        &self,
        py: Python<'py>,
        disjoint: bool,
        nodes: Option<u64>,
        threads: usize,
    ) -> PyResult<(Bound<'py, PyBytes>, String)> {
        let search = Request::for_model(&parsed(&self.file)).search;
        let options = Search { nodes: nodes.unwrap_or(search.nodes), threads };
        let (name, file) = (self.name.clone(), Arc::clone(&self.file));
        let (file, json) = work::run(py, None, move |_| {
            let (failure, model) =
                (|error: &dyn Display| format!("{name}: {error}"), parsed(&file));
            let plan = tflm::plan(&model, &Effort { options, disjoint });
            let plan = plan.map_err(|error| failure(&error))?;
            let written = plan.file(&model).map_err(|error| failure(&error))?;
            let json = serde_json::to_string(&plan).map_err(|error| failure(&error))?;
            Ok((written, json))
        })?;
        Ok((PyBytes::new(py, &file), json))
    }

    /// The files of a project around the model: their paths and bytes. Without a name, the project
    /// has that of the folder.
    #[pyo3(signature = (language, name, folder, prepared, board, bantam_path))]
    fn codegen<'py>(
        &self,
        py: Python<'py>,
        language: &str,
        name: Option<String>,
        folder: &str,
        prepared: bool,
        board: Option<&str>,
        bantam_path: Option<String>,
    ) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
        let language = match language {
            "c" => Language::C(codegen::c::Options::prepared(prepared)),
            "rust" => Language::Rust(rust_options(board, bantam_path)?),
            _ => {
                let text = format!("language is \"c\" or \"rust\", not \"{language}\"");
                return Err(failure::value(text));
            }
        };
        let name = name.unwrap_or_else(|| codegen::name_of(folder));
        let files = codegen::codegen(&parsed(&self.file), &name, &language);
        let files = files.map_err(|error| failure::value(format!("{}: {error}", self.name)))?;
        let file = |file: codegen::File| {
            let bytes = PyBytes::new(py, file.contents.as_bytes());
            (file.path, bytes)
        };
        Ok(files.into_iter().map(file).collect())
    }

    /// Microseconds of an invoke, and of each node.
    fn bench(&self, py: Python<'_>, seconds: f64) -> PyResult<(f64, Vec<f64>)> {
        let (name, file) = (self.name.clone(), Arc::clone(&self.file));
        work::run(py, None, move |_| {
            let start = Instant::now();
            let now = || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let clock = Clock { name: "wall", invoke_ns: &now, node_ns: &now };
            let times = bench(&parsed(&file), Sharing::default(), seconds, &clock)
                .map_err(|error| format!("{name}: {error}"))?;
            Ok((times.invoke_us, times.operators.iter().map(|node| node.us).collect()))
        })
    }
}

/// The options of a package for cargo.
fn rust_options(board: Option<&str>, bantam_path: Option<String>) -> PyResult<rust::Options> {
    let named = |name: &str| {
        let boards = rust::Board::ALL.map(rust::Board::name).join(", ");
        let unknown = || failure::value(format!("no board \"{name}\"; boards are {boards}"));
        rust::Board::named(name).ok_or_else(unknown)
    };
    let mut options = rust::Options::default();
    options.board = board.map(named).transpose()?;
    if let Some(folder) = bantam_path {
        options.bantam = rust::Source::Path(folder);
    }
    Ok(options)
}
