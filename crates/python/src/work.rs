//! Long work in a thread of its own, while Python goes on: its signals are handled, and its other
//! threads run.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use bantam_planner::exact::Progress;
use pyo3::prelude::*;

use crate::failure;

/// The time between two looks for a signal.
const PATIENCE: Duration = Duration::from_millis(50);

/// News of the work.
enum News<T> {
    Progress(Progress),
    Done(T),
}

/// Does `task` in a thread, and calls `callback(bytes, lower_bound, nodes)` as the search goes on.
///
/// A signal such as Ctrl-C, or an exception of the callback, ends this at once, and the search with
/// its next report of progress.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    callback: Option<&Bound<'_, PyAny>>,
    task: impl FnOnce(&mut dyn FnMut(Progress)) -> Result<T, String> + Send + 'static,
) -> PyResult<T> {
    let (sender, mut receiver) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    thread::spawn(move || {
        let mut report = |progress| {
            // Nobody waits for the result: this unwinds the thread and prints nothing.
            if stopped.load(Ordering::Relaxed) || sender.send(News::Progress(progress)).is_err() {
                panic::resume_unwind(Box::new("stopped"));
            }
        };
        let result = task(&mut report);
        // If nobody listens any more, nobody wants it.
        let _ = sender.send(News::Done(result));
    });
    let mut listen = || loop {
        let receiver = &mut receiver;
        match py.detach(move || receiver.recv_timeout(PATIENCE)) {
            Ok(News::Done(result)) => return result.map_err(failure::value),
            Ok(News::Progress(Progress { bytes, lower_bound, nodes })) => {
                if let Some(callback) = callback {
                    callback.call1((bytes, lower_bound, nodes))?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(failure::value("the work ended without a result"));
            }
        }
        py.check_signals()?;
    };
    let result = listen();
    stop.store(true, Ordering::Relaxed);
    result
}
