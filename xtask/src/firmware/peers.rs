//! Instructions of one inference beside those of TensorFlow Lite Micro, which were measured once
//! and stand in `peers.csv`.

use super::runner::Row;
use crate::outcome::Outcome;

const FIGURES: &str = include_str!("peers.csv");

/// The boards that the figures are of, with the columns of the reference kernels and of CMSIS-NN.
const BOARDS: &[(&str, [&str; 2])] = &[
    ("mps2-an386", ["m4_reference", "m4_cmsis_nn"]),
    ("mps3-an547", ["m55_reference", "m55_cmsis_nn"]),
];

/// Returns whether there are figures of this board.
pub(crate) fn has_figures(board: &str) -> bool {
    BOARDS.iter().any(|(name, _)| *name == board)
}

/// Returns the models that there are figures of, the cheapest core first.
pub(crate) fn models() -> Vec<&'static str> {
    lines().skip(1).filter_map(|line| line.split(',').next()).collect()
}

fn lines() -> impl Iterator<Item = &'static str> {
    FIGURES.lines().filter(|line| !line.starts_with('#'))
}

/// Returns the figures of a model on a board: reference kernels, CMSIS-NN.
fn find(model: &str, board: &str) -> Option<[u64; 2]> {
    let (_, columns) = BOARDS.iter().find(|(name, _)| *name == board)?;
    let heads: Vec<&str> = lines().next()?.split(',').collect();
    let values: Vec<&str> = lines()
        .map(|line| line.split(',').collect())
        .find(|v: &Vec<_>| v.first() == Some(&model))?;
    let value =
        |column: &str| values.get(heads.iter().position(|head| *head == column)?)?.parse().ok();
    let [reference, cmsis_nn] = *columns;
    Some([value(reference)?, value(cmsis_nn)?])
}

/// Returns the rows as a table in Markdown; `ratio` is theirs divided by ours.
pub(crate) fn table(rows: &[Row]) -> Outcome<String> {
    let mut text = String::from(
        "| model | core | Bantam | TFLM reference | ratio | TFLM with CMSIS-NN | ratio |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let own = row.instructions.ok_or("no instructions were counted")?;
        let theirs = find(&row.model, row.board.name);
        let cells: Vec<String> = match theirs {
            Some(figures) => figures
                .iter()
                .map(|theirs| format!("{theirs} | {:.2}x", *theirs as f64 / own as f64))
                .collect(),
            None => vec!["- | -".to_owned(); 2],
        };
        text +=
            &format!("| {} | {} | {own} | {} |\n", row.model, row.board.core, cells.join(" | "));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_figures_for_every_board() {
        assert!(models().contains(&"person_detect"));
        for model in models() {
            for (board, _) in BOARDS {
                let [reference, cmsis_nn] = find(model, board).expect(model);
                assert!(cmsis_nn < reference, "{model}");
            }
        }
        assert_eq!(find("person_detect", "mps2-an386"), Some([95_661_066, 22_929_168]));
        assert_eq!(find("person_detect", "mps3-an547"), Some([91_475_504, 6_508_880]));
        assert_eq!(find("person_detect", "microbit"), None);
        assert_eq!(find("digits", "mps2-an386"), None);
    }
}
