//! The firmware that listens: it hears what the host hears, in little RAM.

use crate::firmware::board::find;
use crate::firmware::runner::Runner;
use crate::{outcome::Outcome, process};

/// The package of the firmware, and its board.
pub(super) const LISTEN: (&str, &str) = ("listen", "mps2-an386");
/// Arena, front end, stack and statics take less.
const RAM_BYTES: u64 = 32 << 10;

pub(super) fn run(runner: &Runner<'_>) -> Outcome {
    let (name, board) = LISTEN;
    let host =
        process::output(process::cargo().args(["run", "--quiet", "--release", "-p", "wake"]))?;
    let device = runner.run_program(name, find(board)?)?;
    let (words, ram) = check(&host, &device).map_err(|fault| format!("{name}: {fault}"))?;
    println!("{name} hears {words} words, as the host does, in {ram} bytes of RAM");
    Ok(())
}

/// Returns the words that both hear, and the bytes of RAM.
fn check(host: &str, device: &str) -> Result<(usize, u64), String> {
    let [heard, expected] = [device, host].map(words);
    if heard.is_empty() || heard != expected {
        return Err(format!(
            "it hears\n{}\nand the host\n{}",
            heard.join("\n"),
            expected.join("\n")
        ));
    }
    let ram = device.lines().find_map(|line| line.trim().strip_suffix(" bytes of RAM in all"));
    let ram = ram.and_then(|ram| ram.parse().ok()).ok_or("it does not say what RAM it takes")?;
    if ram >= RAM_BYTES {
        return Err(format!("{ram} bytes of RAM; {RAM_BYTES} are the limit"));
    }
    Ok((heard.len(), ram))
}

/// The lines that say when a word was heard.
fn words(printed: &str) -> Vec<&str> {
    printed.lines().map(str::trim).filter(|line| line.contains(" s: \"")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "x.wav: 16 s of audio\n1.02 s: \"wow\" (0.98)\n2.10 s: \"boy\" (0.97)\n";

    #[test]
    fn the_same_words_in_little_ram_pass() {
        let device = "1.02 s: \"wow\" (0.98)\r\n2.10 s: \"boy\" (0.97)\n9000 bytes of RAM in all\n";
        assert_eq!(check(HOST, device), Ok((2, 9000)));
    }

    #[test]
    fn other_words_and_much_ram_do_not() {
        for device in [
            "9000 bytes of RAM in all",
            "1.02 s: \"wow\" (0.98)\n9000 bytes of RAM in all",
            "1.02 s: \"wow\" (0.98)\n2.12 s: \"boy\" (0.97)\n9000 bytes of RAM in all",
            "1.02 s: \"wow\" (0.98)\n2.10 s: \"boy\" (0.97)\n",
            "1.02 s: \"wow\" (0.98)\n2.10 s: \"boy\" (0.97)\n32768 bytes of RAM in all",
        ] {
            assert!(check(HOST, device).is_err(), "{device}");
        }
        assert!(check("", "9000 bytes of RAM in all").is_err());
    }
}
