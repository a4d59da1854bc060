//! From samples to features: the chain of `docs/signal.md`, and the scale of the model's input.

use bantam::signal::fft::{self, FftLength, Rfft};
use bantam::signal::framer::{Framer, history_len};
use bantam::signal::spectral_subtraction::SpectralSubtraction;
use bantam::signal::tables::{self, Mel, MelTables};
use bantam::signal::{Error, auto_scale, energy, filter_bank, pcan, window};

/// New samples of each frame: 20 ms.
pub const STEP: usize = 320;
/// Numbers that describe a frame.
pub const FEATURES: usize = 40;

/// Samples of a frame: 30 ms.
const FRAME: usize = 480;
const HISTORY: usize = history_len(FRAME, STEP, true);
const FFT: usize = 512;
const BINS: usize = fft::spectrum_len(FFT);
const DENOISE: SpectralSubtraction = SpectralSubtraction::MICRO_SPEECH;

/// A front end: its constants, and what it keeps from frame to frame.
#[derive(Debug)]
pub struct Ears {
    hann: [i16; FRAME],
    gains: [i16; pcan::LUT_LEN],
    /// `None` until all constants are there.
    mel: Option<MelTables<{ FEATURES + 1 }, 316>>,
    factors: [[i16; 2]; fft::table_len(FFT)],
    history: [i16; HISTORY],
    noise: [u32; FEATURES],
}

impl Ears {
    /// Makes a front end before which there was silence. A `static` of it takes no flash.
    #[allow(clippy::new_without_default, reason = "a constant, for statics")]
    pub const fn new() -> Self {
        Self {
            hann: [0; FRAME],
            gains: [0; pcan::LUT_LEN],
            mel: None,
            factors: [[0; 2]; fft::table_len(FFT)],
            history: [0; HISTORY],
            noise: [0; FEATURES],
        }
    }

    /// Computes the constants where they lie, which the first [`hear`](Self::hear) does otherwise.
    ///
    /// # Errors
    ///
    /// None: the lengths above fit each other.
    pub fn tune(&mut self) -> Result<(), Error> {
        tables::hann(12, &mut self.hann);
        tables::gains(0.95, 80.0, 7, 21, &mut self.gains);
        Rfft::new(FFT as u32, &mut self.factors)?;
        self.mel = Some(MelTables::new(&Mel::MICRO_SPEECH)?);
        Ok(())
    }

    /// Takes the next samples and writes the features of the frame that ends with them: from -128
    /// for silence to 127.
    ///
    /// # Errors
    ///
    /// None: the lengths fit each other.
    pub fn hear(&mut self, samples: &[i16; STEP], features: &mut [i8]) -> Result<(), Error> {
        if self.mel.is_none() {
            self.tune()?;
        }
        let (sums, bits) = self.sums(samples)?;
        let (mut channels, mut clean, mut level) = ([0; FEATURES], [0; FEATURES], [0; FEATURES]);
        filter_bank::square_root(&sums, bits, &mut channels)?;
        DENOISE.run(&channels, &mut self.noise, &mut clean)?;
        pcan::pcan(&clean, &self.noise, &self.gains, 6, &mut level)?;
        let mut logarithms = [0; FEATURES];
        filter_bank::log(&level, 64, 3, &mut logarithms)?;
        for (feature, logarithm) in features.iter_mut().zip(logarithms) {
            // 666 is about the largest: 64 · ln(2^15).
            *feature = ((i32::from(logarithm) * 256 + 333) / 666 - 128).clamp(-128, 127) as i8;
        }
        Ok(())
    }

    /// Returns the energies of the channels, and by how many bits the samples were louder.
    fn sums(&mut self, samples: &[i16; STEP]) -> Result<([u64; FEATURES], u32), Error> {
        let mut spectrum = [[0; 2]; BINS];
        let bits = self.spectrum(samples, &mut spectrum)?;
        let (mut energies, mut sums) = ([0; BINS], [0; FEATURES]);
        if let Some(mel) = &self.mel {
            energy::energy(&spectrum, mel.bins(), &mut energies)?;
            mel.bank().sum(&energies, &mut sums)?;
        }
        Ok((sums, bits))
    }

    fn spectrum(
        &mut self,
        samples: &[i16; STEP],
        spectrum: &mut [[i16; 2]; BINS],
    ) -> Result<u32, Error> {
        let (mut frame, mut faded) = ([0; FRAME], [0; FRAME]);
        Framer::resume(FRAME, STEP, true, &mut self.history, HISTORY)?.push(samples, &mut frame)?;
        window::window(&frame, &self.hann, 12, &mut faded)?;
        let bits = auto_scale::auto_scale(&faded, &mut frame)?;
        Rfft::with_table(FftLength::new(FFT as u32)?, &self.factors)?.run(&frame, spectrum)?;
        Ok(bits)
    }
}
