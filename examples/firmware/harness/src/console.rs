//! Text to the debugger's standard output: without `core::fmt`, for those who do not use it.

use core::fmt;

use semihosting::sys::arm_compat::syscall::{OperationNumber, ParamRegR, syscall_readonly};

/// The debugger's handle of its standard output. The crate's own `Stdout` would do, too, but links
/// a panic for handles that it does not expect.
#[derive(Debug)]
pub struct Console(usize);

impl Console {
    /// Opens it.
    #[allow(clippy::new_without_default, reason = "it asks the debugger")]
    pub fn new() -> Self {
        /// `fopen`'s mode "w", which makes the console's name mean its output.
        const WRITE: usize = 4;
        let name = c":tt";
        let block = [ParamRegR::c_str(name), ParamRegR::usize(WRITE), ParamRegR::c_str_len(name)];
        Self(call(OperationNumber::SYS_OPEN, &block))
    }

    /// The parts and the end of a line.
    pub(crate) fn line(&mut self, parts: &[&str]) {
        for part in parts {
            self.bytes(part.as_bytes());
        }
        self.bytes(b"\n");
    }

    /// A line with a number, in decimal.
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        let mut digits = [0; 20];
        self.figure(name, "", decimal(value, &mut digits));
    }

    /// A line with a hash, in hexadecimal.
    pub(crate) fn hash(&mut self, name: &str, value: u64) {
        let mut digits = [0; 16];
        for (digit, shift) in digits.iter_mut().rev().zip((0..64).step_by(4)) {
            let nibble = (value >> shift) as u8 & 0xf;
            *digit = nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
        }
        self.figure(name, "0x", &digits);
    }

    fn figure(&mut self, name: &str, prefix: &str, digits: &[u8]) {
        self.bytes(name.as_bytes());
        self.bytes(b" ");
        self.bytes(prefix.as_bytes());
        self.bytes(digits);
        self.bytes(b"\n");
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let handle = ParamRegR::usize(self.0);
        // A failed write is not tried again: there is nobody to tell.
        call(
            OperationNumber::SYS_WRITE,
            &[handle, ParamRegR::buf(bytes), ParamRegR::usize(bytes.len())],
        );
    }
}

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}

#[allow(unsafe_code, reason = "the debugger reads memory")]
fn call(operation: OperationNumber, block: &[ParamRegR<'_>; 3]) -> usize {
    // SAFETY: both operations are called with the three words that Arm's specification gives them:
    // name, mode and length; or handle, bytes and length. They only read memory.
    unsafe { syscall_readonly(operation, ParamRegR::block(block)) }.usize()
}

/// Returns the digits of `value`, without leading zeros. By subtraction: a division of 64 bits is a
/// function of a kilobyte on small cores.
fn decimal(mut value: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut power = 10_u64.pow(19);
    let mut leading = 0;
    for (at, digit) in digits.iter_mut().enumerate() {
        *digit = b'0';
        while value >= power {
            value -= power;
            *digit += 1;
        }
        if *digit == b'0' && leading == at && power > 1 {
            leading += 1;
        }
        power = tenth(power);
    }
    digits.get(leading..).unwrap_or(digits)
}

/// Returns a tenth of a power of ten that fits 64 bits: its factors of two are shifted out, and
/// what is left times the inverse of five is exact.
const fn tenth(power: u64) -> u64 {
    /// 5 times this is 1, modulo 2^64.
    const FIFTH: u64 = 0xcccc_cccc_cccc_cccd;
    (power >> 1).wrapping_mul(FIFTH)
}
