//! Runs the commands that the pages in `docs` show.
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{command, run};

/// The pages whose commands need nothing but the repository, and how many there are at least.
const PAGES: [(&str, usize); 5] =
    [("c.md", 1), ("debugging.md", 3), ("memory.md", 1), ("planning.md", 8), ("prepared.md", 5)];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns a folder to run in, with copies of the files that commands name.
fn folder(page: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("bantam-{}-{page}", std::process::id()));
    for files in ["examples/digits", "docs/images"] {
        fs::create_dir_all(folder.join(files)).unwrap();
        for entry in fs::read_dir(root().join(files)).unwrap() {
            let file = entry.unwrap();
            if file.path().is_file() {
                fs::copy(file.path(), folder.join(files).join(file.file_name())).unwrap();
            }
        }
    }
    folder
}

/// Returns the lines of the blocks of shell commands that begin with `bantam`.
fn commands(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = blocks.flat_map(str::lines).filter(|line| line.starts_with("bantam "));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_command_of_a_page_runs() {
    for (page, least) in PAGES {
        let commands = commands(&root().join("docs").join(page));
        assert!(commands.len() >= least, "{page}: {commands:?}");
        let folder = folder(page);
        for line in commands {
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            let done = run(command([]).args(&words).current_dir(&folder));
            assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{page}: {line}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
