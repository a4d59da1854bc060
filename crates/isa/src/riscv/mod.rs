//! Loops for RV32IM: cores without instructions for several numbers at a time, such as those of
//! the ESP32-C3, ESP32-C6 and CH32V.

mod common;
mod depthwise;
mod dots;
mod dots_of_two;

pub use depthwise::add_window;
pub use dots::dots;
pub use dots_of_two::dots_of_two;
