//! Running a model: arrays in, arrays out.

use std::sync::{Mutex, MutexGuard};

use bantam_interp::host::OwnedInterpreter;
use bantam_interp::{Element, Outcome, PortError, cost};
use bantam_schema::{Tensor, TensorType};
use pyo3::buffer::{Element as BufferElement, PyBuffer};
use pyo3::prelude::*;
use pyo3::sync::MutexExt as _;
use pyo3::types::{PyByteArray, PyBytes, PyTuple};

use crate::{failure, tensor};

/// A model that is ready to run, with its arena.
#[pyclass(frozen, module = "bantam_tflite._core")]
pub(crate) struct Interpreter {
    /// The name of the model in errors.
    name: String,
    owned: Mutex<OwnedInterpreter>,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    ndarray: Py<PyAny>,
    /// An invoke takes so long that other threads should run.
    is_long: bool,
}

/// Steps of an invoke from which on it lets other threads run: some microseconds. Below, handing
/// over takes as long as the invoke.
const LONG: u64 = 10_000;

/// An input or an output, and the array that it is for NumPy.
struct Port {
    /// Its name in errors: `input 0`.
    title: String,
    tensor_type: TensorType,
    shape: Vec<usize>,
    array: ArrayType,
}

/// A shape and a type, as NumPy makes arrays of.
struct ArrayType {
    shape: Py<PyTuple>,
    dtype: Py<PyAny>,
}

impl ArrayType {
    /// Those of a tensor; a type that NumPy does not have becomes bytes in a row.
    fn new(py: Python<'_>, tensor: &Tensor<'_>) -> PyResult<Self> {
        let name = tensor::dtype(tensor.tensor_type());
        let dtype = py.import("numpy")?.getattr("dtype")?.call1((name.unwrap_or("uint8"),))?;
        let shape = match name {
            Some(_) => PyTuple::new(py, tensor::shape(tensor))?,
            None => PyTuple::new(py, [tensor::bytes(tensor)])?,
        };
        Ok(Self { shape: shape.unbind(), dtype: dtype.unbind() })
    }

    /// An array with a copy of these bytes, as `ndarray(shape, dtype, buffer)` makes it.
    fn of<'py>(
        &self,
        py: Python<'py>,
        ndarray: &Py<PyAny>,
        bytes: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        ndarray.bind(py).call1((&self.shape, &self.dtype, PyByteArray::new(py, bytes)))
    }
}

impl Interpreter {
    pub(crate) fn new(py: Python<'_>, name: String, mut owned: OwnedInterpreter) -> PyResult<Self> {
        let (inputs, outputs) = owned.with(|interpreter| {
            let port = |title: String, tensor: Tensor<'_>| {
                Ok(Port {
                    title,
                    tensor_type: tensor.tensor_type(),
                    shape: tensor::shape(&tensor),
                    array: ArrayType::new(py, &tensor)?,
                })
            };
            let inputs = (0..interpreter.input_len())
                .filter_map(|at| Some(port(format!("input {at}"), interpreter.input_tensor(at)?)));
            let inputs = inputs.collect::<PyResult<Vec<Port>>>()?;
            let outputs = (0..interpreter.output_len()).filter_map(|at| {
                Some(port(format!("output {at}"), interpreter.output_tensor(at)?))
            });
            Ok::<_, PyErr>((inputs, outputs.collect::<PyResult<Vec<Port>>>()?))
        })?;
        let ndarray = py.import("numpy")?.getattr("ndarray")?.unbind();
        let is_long = cost::of_model(&owned.model()).steps >= LONG;
        Ok(Self { name, owned: Mutex::new(owned), inputs, outputs, ndarray, is_long })
    }

    /// The interpreter; another thread that runs it is waited for, without the GIL.
    fn lock(&self, py: Python<'_>) -> PyResult<MutexGuard<'_, OwnedInterpreter>> {
        let broken = |_| failure::value("a thread ended while it ran this interpreter");
        self.owned.lock_py_attached(py).map_err(broken)
    }

    /// Copies an array into an input.
    fn write(
        &self,
        owned: &mut OwnedInterpreter,
        index: usize,
        array: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let Some(port) = self.inputs.get(index) else {
            let len = self.inputs.len();
            return Err(failure::value(PortError::Index { index, len }));
        };
        match port.tensor_type {
            TensorType::INT8 => port.copy::<i8>(owned, index, array),
            TensorType::UINT8 => port.copy::<u8>(owned, index, array),
            TensorType::INT16 => port.copy::<i16>(owned, index, array),
            TensorType::UINT16 => port.copy::<u16>(owned, index, array),
            TensorType::INT32 => port.copy::<i32>(owned, index, array),
            TensorType::UINT32 => port.copy::<u32>(owned, index, array),
            TensorType::INT64 => port.copy::<i64>(owned, index, array),
            TensorType::UINT64 => port.copy::<u64>(owned, index, array),
            TensorType::FLOAT32 => port.copy::<f32>(owned, index, array),
            TensorType::FLOAT64 => port.copy::<f64>(owned, index, array),
            _ => port.copy_raw(owned, index, array),
        }
    }

    fn read<'py>(
        &self,
        py: Python<'py>,
        owned: &OwnedInterpreter,
        index: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let bytes = owned.output_bytes(index).map_err(failure::value)?;
        let Some(port) = self.outputs.get(index) else {
            let len = self.outputs.len();
            return Err(failure::value(PortError::Index { index, len }));
        };
        port.array.of(py, &self.ndarray, bytes)
    }

    /// Runs all nodes, without the GIL if that takes long; `false` if one asks for more input.
    fn run(&self, py: Python<'_>, owned: &mut OwnedInterpreter) -> PyResult<bool> {
        let done = if self.is_long { py.detach(|| owned.invoke()) } else { owned.invoke() };
        match done {
            Ok(outcome) => Ok(outcome == Outcome::Done),
            Err(error) => Err(failure::value(format!("{}: {error}", self.name))),
        }
    }
}

impl Port {
    /// Returns true for the shape of the tensor; dimensions of 1 do not count.
    fn fits(&self, shape: &[usize]) -> bool {
        let of_many = |shape: &[usize]| -> Vec<usize> {
            shape.iter().copied().filter(|&size| size != 1).collect()
        };
        shape == self.shape || of_many(shape) == of_many(&self.shape)
    }

    fn copy<T: BufferElement + Element>(
        &self,
        owned: &mut OwnedInterpreter,
        index: usize,
        array: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        // NumPy's scalars are arrays without dimensions, but buffers of bytes.
        let Ok(buffer) = PyBuffer::<T>::get(array) else {
            return self.copy_raw(owned, index, array);
        };
        if !self.fits(buffer.shape()) {
            return Err(self.wrong(array));
        }
        buffer.copy_to_slice(array.py(), owned.input::<T>(index).map_err(failure::value)?)
    }

    /// Copies an array of a type that is no buffer's, such as `bool` or `float16`.
    fn copy_raw(
        &self,
        owned: &mut OwnedInterpreter,
        index: usize,
        array: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (Ok(dtype), Ok(shape)) = (array.getattr("dtype"), array.getattr("shape")) else {
            return Err(self.wrong(array));
        };
        let shape: Vec<usize> = shape.extract()?;
        let is_typed = tensor::dtype(self.tensor_type).is_some();
        if !dtype.eq(&self.array.dtype)? || is_typed && !self.fits(&shape) {
            return Err(self.wrong(array));
        }
        let bytes = array.call_method0("tobytes")?;
        let bytes = bytes.cast::<PyBytes>()?.as_bytes();
        let input = owned.input_bytes(index).map_err(failure::value)?;
        if bytes.len() != input.len() {
            return Err(self.wrong(array));
        }
        input.copy_from_slice(bytes);
        Ok(())
    }

    /// The error for an array that does not fit.
    fn wrong(&self, array: &Bound<'_, PyAny>) -> PyErr {
        let of_array = |name: &str| array.getattr(name).map(|found| found.to_string());
        let found = match (of_array("dtype"), of_array("shape")) {
            (Ok(dtype), Ok(shape)) => format!("an array of {dtype} with the shape {shape}"),
            _ => format!("a {}", array.get_type()),
        };
        let needed = tensor::type_name(self.tensor_type);
        let (title, shape) = (&self.title, &self.shape);
        failure::value(format!("{title} is {needed} with the shape {shape:?}, this is {found}"))
    }
}

#[pymethods]
impl Interpreter {
    /// Copies an array into input `index`.
    fn set_input(&self, index: usize, array: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut owned = self.lock(array.py())?;
        self.write(&mut owned, index, array)
    }

    /// A copy of output `index`.
    fn get_output<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyAny>> {
        self.read(py, &*self.lock(py)?, index)
    }

    /// Runs all nodes; `False` if the model wants more input first.
    fn invoke(&self, py: Python<'_>) -> PyResult<bool> {
        let mut owned = self.lock(py)?;
        self.run(py, &mut owned)
    }

    /// Arrays in, arrays out; `None` if the model wants more input first.
    #[pyo3(signature = (*arrays))]
    fn call<'py>(&self, arrays: &Bound<'py, PyTuple>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = arrays.py();
        if arrays.len() != self.inputs.len() {
            let (given, needed) = (arrays.len(), self.inputs.len());
            return Err(failure::value(format!("{given} inputs; the model has {needed}")));
        }
        let mut owned = self.lock(py)?;
        for (index, array) in arrays.iter().enumerate() {
            self.write(&mut owned, index, &array)?;
        }
        if !self.run(py, &mut owned)? {
            return Ok(None);
        }
        if let [_] = &self.outputs[..] {
            return self.read(py, &owned, 0).map(Some);
        }
        let outputs = (0..self.outputs.len()).map(|index| self.read(py, &owned, index));
        let outputs = PyTuple::new(py, outputs.collect::<PyResult<Vec<_>>>()?)?;
        Ok(Some(outputs.into_any()))
    }

    /// Brings all state back to its beginning.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py)?.reset().map_err(|error| failure::value(format!("{}: {error}", self.name)))
    }

    /// A copy of a tensor of the graph after an invoke; `None` if its memory has been used again.
    fn tensor<'py>(&self, py: Python<'py>, index: u32) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.lock(py)?.with(|interpreter| {
            let model = interpreter.model();
            let tensor = model.subgraph(0).and_then(|graph| graph.tensor(index));
            let Some((tensor, bytes)) = tensor.zip(interpreter.tensor(index)) else {
                return Ok(None);
            };
            if bytes.len() != tensor::bytes(&tensor) {
                return Ok(None);
            }
            ArrayType::new(py, &tensor)?.of(py, &self.ndarray, bytes).map(Some)
        })
    }

    /// Bytes of the arena, which is exact.
    #[getter]
    fn arena_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.lock(py)?.arena_bytes())
    }

    /// The parts of the arena: rows of a name and bytes.
    fn allocations(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, usize)>> {
        self.lock(py)?.with(|interpreter| {
            let usage = interpreter.usage();
            let mut rows = vec![("overlay", interpreter.overlay_bytes())];
            rows.extend(
                bantam_interp::Category::ALL
                    .into_iter()
                    .map(|category| (category.name(), usage.category(category) as usize))
                    .filter(|(_, bytes)| *bytes > 0),
            );
            Ok(rows)
        })
    }
}
