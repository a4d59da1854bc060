//! The progress of a search, on a terminal.

use std::time::Duration;

use bantam_planner::exact::Progress;
use bantam_report::text::grouped;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on standard error that is gone when the search is over.
#[derive(Debug)]
pub(crate) struct SearchProgress {
    bar: ProgressBar,
    /// Bytes for each unit of the search.
    unit: u64,
}

impl SearchProgress {
    /// Returns a search of at most so many nodes; it shows nothing if `quiet`, or if standard error
    /// is no terminal.
    pub(crate) fn new(nodes: u64, unit: u64, quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(nodes), target);
        let template = "{elapsed} [{bar:24}] {human_pos} of at most {human_len} nodes{msg}";
        // The template is right, as a test says; if it were not, indicatif has one of its own.
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        if !bar.is_hidden() {
            // Attempts can be long, and report nothing before they end.
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Self { bar, unit }
    }

    /// Shows the progress so far.
    pub(crate) fn update(&self, progress: Progress) {
        self.bar.set_position(progress.nodes);
        self.bar.set_message(message(progress, self.unit));
    }
}

impl Drop for SearchProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn message(progress: Progress, unit: u64) -> String {
    let bytes = |units: u32| {
        let bytes = u64::from(units).saturating_mul(unit);
        grouped(usize::try_from(bytes).unwrap_or(usize::MAX))
    };
    format!("; {} bytes, at least {}", bytes(progress.bytes), bytes(progress.lower_bound))
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    #[test]
    fn the_line_says_what_is_known_and_goes_away() {
        let terminal = InMemoryTerm::new(3, 100);
        let shown = SearchProgress::new(20_000, 2, false);
        shown.bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        shown.update(Progress { bytes: 600, lower_bound: 500, nodes: 5_000 });
        shown.bar.tick();
        let line = terminal.contents();
        let expected = "] 5,000 of at most 20,000 nodes; 1,200 bytes, at least 1,000";
        assert!(line.ends_with(expected), "{line}");
        drop(shown);
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn quiet_is_quiet() {
        assert!(SearchProgress::new(10, 1, true).bar.is_hidden());
    }
}
