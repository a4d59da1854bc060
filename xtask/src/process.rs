//! Running other programs: the command is shown, a failure names it.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::panic;
use std::process::{Command, Stdio};
use std::thread;

use crate::outcome::Outcome;

/// Returns the cargo that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs to the end; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Outcome {
    println!("$ {}", show(command));
    let status = command.status().map_err(|error| failed(command, &error.to_string()))?;
    if status.success() { Ok(()) } else { Err(failed(command, &status.to_string()).into()) }
}

/// Does the same as [`run`], and shows all that the program says at its end: for programs that run
/// at the same time.
pub(crate) fn run_captured(command: &mut Command) -> Outcome {
    let done = command.output().map_err(|error| failed(command, &error.to_string()))?;
    let mut said = String::from_utf8_lossy(&done.stderr);
    said += String::from_utf8_lossy(&done.stdout);
    println!("$ {}\n{said}", show(command));
    if done.status.success() {
        Ok(())
    } else {
        Err(failed(command, &done.status.to_string()).into())
    }
}

/// Does the same as [`run`], and shows each line of the program's standard error to `read`.
pub(crate) fn run_reading(command: &mut Command, mut read: impl FnMut(&str)) -> Outcome {
    println!("$ {}", show(command));
    let child = command.stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| failed(command, &error.to_string()))?;
    for line in child.stderr.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line?;
        eprintln!("{line}");
        read(&line);
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(failed(command, &status.to_string()).into()) }
}

/// Does the same as [`run`], and returns the program's standard output.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let done = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(command, &error.to_string()))?;
    if !done.status.success() {
        print!("{}", String::from_utf8_lossy(&done.stdout));
        return Err(failed(command, &done.status.to_string()).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// Runs to the end, silently unless it fails, and says how many seconds of CPU time the program and
/// the system for it used.
///
/// No other child of this process may run meanwhile.
#[cfg(unix)]
pub(crate) fn cpu_seconds(command: &mut Command) -> Outcome<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        Ok::<_, nix::Error>(usage.user_time() + usage.system_time())
    };
    let before = used()?;
    let done = command.output().map_err(|error| failed(command, &error.to_string()))?;
    let after = used()?;
    if !done.status.success() {
        eprint!("{}", String::from_utf8_lossy(&done.stderr));
        return Err(failed(command, &done.status.to_string()).into());
    }
    Ok((after - before).num_microseconds() as f64 / 1e6)
}

/// Returns an error: the CPU time of a program is not known on this system.
#[cfg(not(unix))]
pub(crate) fn cpu_seconds(command: &mut Command) -> Outcome<f64> {
    Err(failed(command, "CPU times of programs are read on Unix only").into())
}

/// Does two things at the same time, such as two builds whose linkers use one core each.
pub(crate) fn together<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        match first.join() {
            Ok(first) => (first, second),
            Err(panic) => panic::resume_unwind(panic),
        }
    })
}

/// Returns whether a program can be started and ends well with these arguments.
pub(crate) fn works(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn failed(command: &Command, how: &str) -> String {
    format!("`{}` failed: {how}", show(command))
}

fn show(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let mut words = vec![program.rsplit('/').next().unwrap_or(&program).to_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
