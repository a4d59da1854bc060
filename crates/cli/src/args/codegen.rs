//! The arguments of `bantam codegen`.

use std::path::PathBuf;

use bantam_report::codegen::rust::Board;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::{Common, Device};

/// `bantam codegen`.
#[derive(Debug, Args)]
pub(crate) struct CodegenArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The language of the code
    #[arg(short, long, value_name = "LANGUAGE")]
    pub(crate) lang: CodeLanguage,
    /// Write the files to this folder, which is made if missing
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The name in files, types and functions; without it, that of the folder
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Prepare the model here, so that the device only runs it (C)
    #[arg(long)]
    pub(crate) prepared: bool,
    #[command(flatten)]
    pub(crate) device: Device,
    /// The board of a program in Rust; without it, the package is a library
    #[arg(long, value_name = "BOARD", value_parser = board())]
    pub(crate) board: Option<Board>,
    /// Where cargo finds Bantam (Rust): a clone of its repository
    #[arg(long, value_name = "DIR", conflicts_with = "bantam_git")]
    pub(crate) bantam_path: Option<PathBuf>,
    /// Where cargo finds Bantam (Rust): the address of its repository
    #[arg(long, value_name = "URL")]
    pub(crate) bantam_git: Option<String>,
}

impl CodegenArgs {
    /// What is wrong if an option is given that the language does not have.
    pub(super) fn conflict(&self) -> Option<&'static str> {
        Some(match self.lang {
            CodeLanguage::C if self.board.is_some() => "--board is for --lang rust",
            CodeLanguage::C if self.bantam_path.is_some() || self.bantam_git.is_some() => {
                "--bantam-path and --bantam-git are for --lang rust"
            }
            CodeLanguage::Rust if self.prepared => {
                "--prepared is for --lang c: in Rust, models are always prepared"
            }
            _ if !self.prepared && self.device.is_named() => {
                "--target and --feature are for --lang c --prepared: in Rust, the program chooses"
            }
            _ => return None,
        })
    }
}

/// Takes the name of a board.
fn board() -> impl TypedValueParser<Value = Board> {
    let names = Board::ALL.map(|board| PossibleValue::new(board.name()).help(board.chip()));
    // The parser lets these names pass and no others.
    PossibleValuesParser::new(names).map(|name| Board::named(&name).unwrap_or(Board::CortexM))
}

/// A language to write code in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CodeLanguage {
    /// A header and a source, for C99 and C++17
    C,
    /// A package for cargo
    Rust,
}
