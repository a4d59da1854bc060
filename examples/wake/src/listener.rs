//! All of it: the front end, the model, the decision.

use core::fmt;

use bantam::interp::{InvokeError, PortError};
use bantam::signal;

use crate::decision::{Decision, Heard};
use crate::ears::{Ears, STEP};

bantam::model!(
    /// Forty features of a frame to four scores: of no word, and of each word.
    pub Network, "wake.tflite"
);

/// Why nothing was heard. None of these happens while the memory of the program is intact.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// In the front end.
    Signal(signal::Error),
    /// The model was not made.
    Model(bantam::interp::Error),
    /// The model has other inputs or outputs.
    Port(PortError),
    /// The model did not run.
    Invoke(InvokeError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(error) => error.fmt(f),
            Self::Model(error) => error.fmt(f),
            Self::Port(error) => error.fmt(f),
            Self::Invoke(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Fault {}

/// Hears words, a step of samples at a time.
#[derive(Debug)]
pub struct Listener<'a> {
    ears: &'a mut Ears,
    network: Network<'a>,
    decision: Decision,
}

impl<'a> Listener<'a> {
    /// Makes a listener that has heard nothing yet, and computes the constants of `ears`.
    ///
    /// # Errors
    ///
    /// None; see [`Fault`].
    pub fn new(
        ears: &'a mut Ears,
        arena: &'a mut [u8; Network::ARENA_BYTES],
    ) -> Result<Self, Fault> {
        ears.tune().map_err(Fault::Signal)?;
        let network = Network::new(arena).map_err(Fault::Model)?;
        Ok(Self { ears, network, decision: Decision::default() })
    }

    /// Takes the next 20 ms of audio, and returns the word that it has just heard.
    ///
    /// # Errors
    ///
    /// None; see [`Fault`].
    pub fn hear(&mut self, samples: &[i16; STEP]) -> Result<Option<Heard>, Fault> {
        let features = self.network.input::<i8>(0).map_err(Fault::Port)?;
        self.ears.hear(samples, features).map_err(Fault::Signal)?;
        self.network.invoke().map_err(Fault::Invoke)?;
        Ok(self.decision.hear(self.network.output::<i8>(0).map_err(Fault::Port)?))
    }
}
