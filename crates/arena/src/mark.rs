//! The end of a scope: temporaries are given back.

use crate::ledger::Ledger;

/// Gives back the temporaries allocated since it was made.
#[derive(Debug)]
pub(crate) struct Mark<'s> {
    pub(crate) ledger: &'s mut Ledger,
    low: u32,
}

impl<'s> Mark<'s> {
    pub(crate) fn new(ledger: &'s mut Ledger) -> Self {
        let low = ledger.low();
        Self { ledger, low }
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.ledger.release(self.low);
    }
}
