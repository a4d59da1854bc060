//! `cargo xtask pictures`: draws the pictures of the pages in `docs` with the command `bantam`.

use std::fs;
use std::path::Path;

use crate::workspace::Workspace;
use crate::{outcome::Outcome, process};

/// Pictures are in this folder.
const FOLDER: &str = "docs/images";

/// Each picture, and what `bantam plan` is given to draw it.
const PICTURES: &[(&str, &[&str])] = &[
    ("digits-memory.svg", &["examples/digits/digits.tflite"]),
    ("gaps.svg", &["--alignment", "1", "--csv", "docs/images/gaps.csv"]),
    ("six-buffers.svg", &["--alignment", "16", "--csv", "docs/images/six-buffers.csv"]),
    ("six-buffers-apart.svg", &["--alignment", "16", "--csv", "docs/images/six-buffers-apart.csv"]),
];

/// Draws all pictures; with `--check`, only says whether they are up to date.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let workspace = Workspace::load()?;
    match arguments {
        [] => draw(&workspace.root, &workspace.root.join(FOLDER)),
        [flag] if flag == "--check" => check(&workspace),
        _ => Err("`pictures` takes nothing but `--check`".into()),
    }
}

/// Returns an error if a picture differs from the command's, or is not in this list.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let (kept, fresh) = (workspace.root.join(FOLDER), workspace.target.join("pictures"));
    fs::create_dir_all(&fresh)?;
    draw(&workspace.root, &fresh)?;
    for (name, _) in PICTURES {
        let same = fs::read(kept.join(name)).is_ok_and(|picture| {
            fs::read(fresh.join(name)).is_ok_and(|new| lines(&picture).eq(lines(&new)))
        });
        if !same {
            let advice = "`cargo xtask pictures` draws it";
            return Err(format!("{FOLDER}/{name} is not up to date; {advice}").into());
        }
    }
    for entry in fs::read_dir(kept)? {
        let name = entry?.file_name();
        let known = PICTURES.iter().any(|(picture, _)| name == **picture);
        if !known && Path::new(&name).extension().is_some_and(|extension| extension == "svg") {
            return Err(format!("{FOLDER}: nothing draws {}", name.display()).into());
        }
    }
    Ok(())
}

/// Returns the lines without their ends, which differ between checkouts.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end)
}

fn draw(root: &Path, folder: &Path) -> Outcome {
    for (name, arguments) in PICTURES {
        let mut command = process::cargo();
        command.args(["run", "--quiet", "--package", "bantam-cli", "--", "plan"]).current_dir(root);
        process::output(command.args(*arguments).arg("--svg").arg(folder.join(name)))?;
    }
    Ok(())
}
