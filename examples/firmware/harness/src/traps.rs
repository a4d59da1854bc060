//! Ends the emulation when something has gone wrong: the default handlers would spin until the
//! time-out.

use core::panic::PanicInfo;

use crate::console::Console;

fn end(what: &str, address: usize) -> ! {
    let mut console = Console::new();
    console.line(&["failed ", what]);
    console.hash("address", address as u64);
    crate::exit(false)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    end("panic", 0)
}

#[cfg(target_arch = "arm")]
#[allow(unsafe_code, reason = "cortex-m-rt wants the handler to be unsafe")]
#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    end("fault", frame.pc() as usize)
}

#[cfg(target_arch = "riscv32")]
#[allow(unsafe_code, reason = "riscv-rt finds the handler by its name")]
// SAFETY: `riscv-rt` declares this function as what it calls, with this signature.
#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn exception(_: &riscv_rt::TrapFrame) -> ! {
    let address: usize;
    // SAFETY: reading this register has no effect.
    unsafe { core::arch::asm!("csrr {}, mepc", out(reg) address, options(nomem, nostack)) };
    end("fault", address)
}
