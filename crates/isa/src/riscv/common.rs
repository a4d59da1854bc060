//! What all blocks begin with.

/// What the block begins with: the assembler does not know the extensions of the target.
#[cfg(target_feature = "c")]
macro_rules! extensions {
    () => {
        ".option push\n.option arch, +m, +c"
    };
}

#[cfg(not(target_feature = "c"))]
macro_rules! extensions {
    () => {
        ".option push\n.option arch, +m"
    };
}

pub(super) use extensions;
