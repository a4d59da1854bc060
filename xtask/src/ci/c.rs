//! The library for C as its users have it: the example runs on the host and on a Cortex-M4, the
//! header compiles without a warning as C99 and C++17, sanitizers find nothing, no symbol but those
//! of the header is global, and a second library of Rust's fits into the same program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::bare::{self, HELP};
use super::context::{Context, Done};
use crate::firmware::board::{self, Mode};
use crate::firmware::case::Case;
use crate::firmware::runner::Runner;
use crate::outcome::Outcome;
use crate::process;

const EXAMPLE: &str = "examples/c";
const TARGET: &str = "thumbv7em-none-eabihf";
const PAGE: &str = "docs/c.md";
const MODEL: &str = "examples/digits/digits.tflite";

/// Bytes of flash that the program in C may take more than that in Rust.
const MAX_MORE: u64 = 1024;

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];
const SANITIZERS: [&str; 3] = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

pub(super) fn run(context: &Context) -> Outcome<Done> {
    for tool in ["gcc", "g++", "nm"] {
        if !process::works(tool, &["--version"]) {
            return context.missing(format!("no {tool}"));
        }
    }
    if bare::cargo_for(TARGET).is_none() {
        return context.missing(format!("{TARGET}: {HELP}"));
    }
    let root = &context.workspace.root;
    let printed = process::output(Command::new("bash").arg(root.join(EXAMPLE).join("run.sh")))?;
    print!("{printed}");
    let build = root.join(EXAMPLE).join("build");
    compile(&build)?;
    test(root, &build)?;
    check_symbols(&build)?;
    check_flash(context, &printed)?;
    Ok(Done::Passed)
}

/// Returns a compiler with the folders of headers, for this language.
fn compiler(build: &Path, program: &str, standard: &str) -> Command {
    let mut compiler = Command::new(program);
    compiler.arg(format!("-std={standard}")).args(WARNINGS);
    // `posix_memalign` of the test.
    compiler.arg("-D_POSIX_C_SOURCE=200112L");
    compiler.arg("-I").arg(build.join("host-library/include")).arg("-I").arg(generated(build));
    compiler
}

fn generated(build: &Path) -> PathBuf {
    build.join("generated")
}

/// Compiles what is generated, with all headers, in each language.
fn compile(build: &Path) -> Outcome {
    let source = generated(build).join("digits.c");
    for (program, standard, language) in
        [("gcc", "c99", "c"), ("gcc", "c11", "c"), ("g++", "c++17", "c++")]
    {
        let mut compiler = compiler(build, program, standard);
        compiler.args(["-c", "-x", language]).arg(&source).arg("-o").arg(build.join("digits.o"));
        process::run(&mut compiler)?;
    }
    let mut compiler = compiler(build, "gcc", "c99");
    process::run(compiler.arg("-c").arg(&source).arg("-o").arg(build.join("digits.o")))
}

/// Builds and runs the programs in `tests`; checks that the page has those that it shows.
fn test(root: &Path, build: &Path) -> Outcome {
    let (tests, model) = (root.join(EXAMPLE).join("tests"), root.join(MODEL));
    let page = fs::read_to_string(root.join(PAGE))?;
    for shown in ["first.c", "custom.c"] {
        let source = tests.join(shown);
        if !page.contains(&format!("```c\n{}```", fs::read_to_string(&source)?)) {
            return Err(format!("{PAGE} does not show {}", source.display()).into());
        }
        let mut compiler = compiler(build, "gcc", "c99");
        process::run(compiler.arg("-c").arg(source).arg("-o").arg(build.join("shown.o")))?;
    }
    let second = build.join("libsecond.a");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "-O", "--crate-type", "staticlib"]);
    process::run(rustc.arg(tests.join("second.rs")).arg("-o").arg(&second))?;
    for (source, program, standard, sanitize) in [
        ("api.c", "gcc", "c99", true),
        ("wrapper.cpp", "g++", "c++17", true),
        ("first.c", "gcc", "c99", false),
        ("two.c", "gcc", "c99", false),
    ] {
        let mut compiler = compiler(build, program, standard);
        if sanitize {
            compiler.args(SANITIZERS);
        }
        compiler.arg(tests.join(source)).arg(build.join("digits.o"));
        if source == "two.c" {
            compiler.arg(&second);
        }
        let test = build.join("test");
        compiler.arg(library(build)).args(["-lm", "-lpthread", "-ldl"]).arg("-o").arg(&test);
        process::run(&mut compiler)?;
        process::run(Command::new(&test).arg(&model))?;
    }
    Ok(())
}

fn library(build: &Path) -> PathBuf {
    build.join("host-library/lib/host/libbantam.a")
}

/// Checks that other libraries cannot meet a symbol of ours by accident.
fn check_symbols(build: &Path) -> Outcome {
    let device = build.join("m4-library/lib").join(TARGET).join("libbantam.a");
    for library in [library(build), device] {
        let mut nm = Command::new("nm");
        let symbols = process::output(nm.args(["-g", "--defined-only", "-P"]).arg(&library))?;
        let names = symbols.lines().filter_map(|line| line.split_once(' ')).map(|(name, _)| name);
        let mut count = 0;
        for name in names {
            if !name.starts_with("bantam_") && !name.starts_with("BANTAM_") {
                return Err(format!("{} has the symbol {name}", library.display()).into());
            }
            count += 1;
        }
        if count == 0 {
            return Err(format!("{} has no symbols", library.display()).into());
        }
    }
    Ok(())
}

/// Compares the flash that the example has printed with that of the firmware in Rust.
fn check_flash(context: &Context, printed: &str) -> Outcome {
    let in_c = printed.lines().find_map(|line| {
        line.strip_prefix("Cortex-M4: flash ")?.split(' ').next()?.parse::<u64>().ok()
    });
    let in_c = in_c.ok_or("the example prints no flash")?;
    let runner = Runner::new(&context.workspace);
    let cases = Case::examples(&context.workspace.root)?;
    let digits = cases.iter().find(|case| case.name == "digits").ok_or("no digits")?;
    let rust = runner.run(board::find("mps2-an386")?, digits, Mode::Interpreted)?.flash_bytes;
    println!("digits on a Cortex-M4: {in_c} bytes of flash in C, {rust} in Rust");
    if in_c > rust + MAX_MORE {
        return Err(format!("C takes more than {MAX_MORE} bytes more").into());
    }
    Ok(())
}
