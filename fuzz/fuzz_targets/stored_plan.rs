//! Models with plans that anybody may have made: they are used or refused, and the outputs are the
//! same.
#![no_main]

use std::sync::LazyLock;

use bantam_fuzz::{Planned, planned, run_plans};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

static PLANNED: LazyLock<Vec<Planned>> = LazyLock::new(planned);

/// Words of TFLM's entry before the offsets.
const TFLM_HEADER: usize = 3;

#[derive(Arbitrary, Debug)]
struct Input {
    model: u8,
    stored: Stored,
    offline: Offline,
}

/// What stands in Bantam's entry.
#[derive(Arbitrary, Debug)]
enum Stored {
    Nothing,
    Bytes(Vec<u8>),
    /// The host's entry, of which bytes are replaced.
    Pokes(Vec<(u16, u8)>),
    /// The host's plan with other places, under a header that is right.
    Plan(Plan),
}

#[derive(Arbitrary, Debug)]
struct Plan {
    /// Added to all offsets, in units of the alignment.
    shift: u8,
    offsets: Vec<(u8, Offset)>,
    wholes: u64,
    /// What the overlay is said to have, else what it has.
    overlay_bytes: Option<u32>,
}

#[derive(Arbitrary, Debug)]
enum Offset {
    Granule(u8),
    Bytes(u32),
}

impl Offset {
    fn bytes(&self) -> u32 {
        match *self {
            Self::Granule(granule) => 16 * u32::from(granule),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// What stands in TFLM's entry.
#[derive(Arbitrary, Debug)]
enum Offline {
    Nothing,
    Bytes(Vec<u8>),
    /// As many offsets as there are tensors: those of the host's plan or none, but for these.
    Offsets {
        planned: bool,
        offsets: Vec<(u8, Offset)>,
    },
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let planned = &PLANNED[usize::from(input.model) % PLANNED.len()];
    let stored = stored(planned, &input.stored);
    let offline = offline(planned, &input.offline);
    run_plans(&planned.with_entries(stored.as_deref(), offline.as_deref()));
});

fn stored(planned: &Planned, how: &Stored) -> Option<Vec<u8>> {
    match how {
        Stored::Nothing => None,
        Stored::Bytes(bytes) => Some(bytes.clone()),
        Stored::Pokes(pokes) => {
            let mut entry = planned.entry(planned.map.wholes(), planned.map.overlay_bytes);
            for &(at, value) in pokes {
                replace(&mut entry, at.into(), value);
            }
            Some(entry)
        }
        Stored::Plan(plan) => Some(other_plan(planned.clone(), plan)),
    }
}

fn other_plan(mut planned: Planned, plan: &Plan) -> Vec<u8> {
    let shift = 16 * u32::from(plan.shift);
    for offset in planned.tensors.iter_mut().chain(&mut planned.scratch) {
        *offset = offset.saturating_add(shift);
    }
    let tensors = planned.tensors.len();
    for (at, offset) in &plan.offsets {
        let at = usize::from(*at) % (tensors + planned.scratch.len());
        let (list, at) = match at.checked_sub(tensors) {
            None => (&mut planned.tensors, at),
            Some(at) => (&mut planned.scratch, at),
        };
        replace(list, at, offset.bytes());
    }
    let wholes = plan.wholes ^ planned.map.wholes();
    planned.entry(wholes, plan.overlay_bytes.unwrap_or_else(|| planned.overlay_bytes()))
}

fn offline(planned: &Planned, how: &Offline) -> Option<Vec<u8>> {
    let (is_planned, offsets) = match how {
        Offline::Nothing => return None,
        Offline::Bytes(bytes) => return Some(bytes.clone()),
        Offline::Offsets { planned, offsets } => (planned, offsets),
    };
    let len = planned.tensors.len();
    let mut words = vec![0, 1, len as u32];
    if *is_planned {
        words.extend(&planned.tensors);
    }
    // Those that TFLM is to plan itself.
    words.resize(TFLM_HEADER + len, u32::MAX);
    for (at, offset) in offsets {
        replace(&mut words, TFLM_HEADER + usize::from(*at), offset.bytes());
    }
    Some(words.into_iter().flat_map(u32::to_le_bytes).collect())
}

fn replace<T>(list: &mut [T], index: usize, value: T) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}
