//! Project automation: `cargo xtask COMMAND`. Each command is one line here and one file beside
//! this one.

mod arenas;
mod bench_minimalloc;
mod bench_peers;
mod boards;
mod ci;
mod corpus;
mod dist;
mod firmware;
mod golden;
mod lines;
mod new_operator;
mod operators;
mod outcome;
mod pictures;
mod process;
mod schema;
mod sizes;
mod statistics;
mod taps;
mod workspace;

use std::env;
use std::process::ExitCode;

use outcome::Outcome;

struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "ci",
        arguments: "[STEP]...",
        about: "everything that CI checks, in its order, or only the named steps",
        run: ci::run,
    },
    Command {
        name: "arenas",
        arguments: "[--cases] [--peers DIR] [FOLDER or MODEL]...",
        about: "the arena of each model, next to that of TensorFlow Lite Micro",
        run: arenas::run,
    },
    Command {
        name: "bench-peers",
        arguments: "[--rounds N] [--seconds S] [--peers DIR] [--out FILE] [MODEL]...",
        about: "time per inference, next to that of TensorFlow Lite Micro",
        run: bench_peers::run,
    },
    Command {
        name: "bench-minimalloc",
        arguments: "--minimalloc PROGRAM [--instances DIR] [--capacity BYTES] [--rounds N]",
        about: "CPU time of the exact search, next to that of MiniMalloc",
        run: bench_minimalloc::run,
    },
    Command {
        name: "boards",
        arguments: "[BOARD]...",
        about: "builds the projects of `bantam codegen --lang rust`, and runs those that are emulated",
        run: boards::run,
    },
    Command {
        name: "dist",
        arguments: "c|esp-idf|zephyr|arduino|platformio|python|command [OPTION]...",
        about: "makes a package in target/dist, and installs what that takes",
        run: dist::run,
    },
    Command {
        name: "corpus",
        arguments: "[--cases] [--dsp|--mve|--thumb1] [--portable] [--board=NAME] [MODEL]...",
        about: "runs every model of the conformance corpus on an emulated Cortex-M",
        run: corpus::run,
    },
    Command {
        name: "firmware",
        arguments: "[--json] [--board B]... [--model M]... [--mode M] [--profile s|3] [--peers]",
        about: "builds the firmware examples, runs them in emulators, and says what they cost",
        run: firmware::run,
    },
    Command {
        name: "golden",
        arguments: "[--check]",
        about: "writes what TensorFlow Lite Micro computes for the cases of the testkit, or compares",
        run: golden::run,
    },
    Command {
        name: "lines",
        arguments: "",
        about: "prints how many lines of code each operator has of its own",
        run: lines::run,
    },
    Command {
        name: "new-operator",
        arguments: "NAME --family FAMILY",
        about: "writes the files and lines that an operator takes, from templates",
        run: new_operator::run,
    },
    Command {
        name: "operators",
        arguments: "[--check]",
        about: "writes the tables of docs/operators.md and docs/memory.md, or says whether they are up to date",
        run: operators::run,
    },
    Command {
        name: "sizes",
        arguments: "[--check | --operators]",
        about: "writes docs/size.md, flash and RAM of programs, or says where they have grown",
        run: sizes::run,
    },
    Command {
        name: "schema",
        arguments: "",
        about: "writes the schemas of the JSON of reports into docs/schema",
        run: schema::run,
    },
    Command {
        name: "taps",
        arguments: "[MODEL]...",
        about: "compares what every node of models writes with TensorFlow Lite Micro",
        run: taps::run,
    },
    Command {
        name: "pictures",
        arguments: "[--check]",
        about: "draws the pictures of the docs, or says whether they are up to date",
        run: pictures::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else {
        return Err("name a command; `cargo xtask help` lists them".into());
    };
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        help();
        return Ok(());
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => Err(format!("no command `{name}`; `cargo xtask help` lists them").into()),
    }
}

fn help() {
    println!("cargo xtask COMMAND\n");
    for command in COMMANDS {
        println!("  {} {}\n      {}", command.name, command.arguments, command.about);
    }
    println!("\nSteps of ci, in their order:");
    for step in ci::STEPS {
        println!("  {:<12} {}", step.name, step.about);
    }
}
