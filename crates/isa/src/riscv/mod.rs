//! Loops for RV32IM: cores without instructions for several numbers at a time, such as those of
//! the ESP32-C3, ESP32-C6 and CH32V.

mod dots;

pub use dots::dots;
